"""Formats: how a module's binary records are printed, as its file tells.

They are notes in the section `.tapsmith_formats` of a `.ko`: the type is the
format's number, the description a letter for each argument, a zero byte,
and the text for printf.  Only what the standard library has is used here,
so that this can be carried to a machine that has nothing else.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Union

from tapsmith.diagnostics import TapsmithError, fail

SECTION = b".tapsmith_formats"
OWNER = b"tapsmith\0"
LETTERS = "bBhHiIqQs"
Argument = Union[int, str]  # noqa: UP007 (Python 3.9 has no `|` of types)

_ELF = struct.Struct("<16s2HI3QI6H")
_SECTION_HEADER = struct.Struct("<2I4Q2I2Q")
_NOTE = struct.Struct("<3I")
_CONVERSION = re.compile(r"%([-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*)?)?)(?:hh|h|ll|l|z|j|t)?([a-zA-Z%])")
_TAKES = {"d": "n", "i": "n", "u": "n", "x": "n", "X": "n", "o": "n", "c": "n", "p": "n", "s": "s"}


@dataclass(frozen=True)
class Format:
    """How a record is printed: `letters` are the kinds of its arguments (as in struct, s a string)."""

    letters: str
    text: str

    def __str__(self) -> str:
        return f"{self.text!r} of {self.letters or 'nothing'}"

    def apply(self, arguments: tuple[Argument, ...]) -> str:
        """Return the text with the arguments in it, as printf makes it, without newlines at its end."""
        return (_python(self.text) % arguments).rstrip("\n")


def _python(text: str) -> str:
    """Return the text for Python's `%`, which knows neither lengths nor pointers."""

    def conversion(found: re.Match[str]) -> str:
        flags, letter = found.groups()
        if letter == "p":
            return f"%#{flags}x"
        return f"%{flags}{letter}"

    return _CONVERSION.sub(conversion, text)


def checked(letters: str, text: str) -> Format:
    """Return the format, if its text takes just arguments of these kinds; else ValueError."""
    if set(letters) - set(LETTERS):
        raise ValueError(f"unknown kinds of arguments in {letters!r}")
    wanted = ""
    for found in _CONVERSION.finditer(text):
        flags, letter = found.groups()
        wanted += "n" * flags.count("*") + ("" if letter == "%" else _TAKES.get(letter, "?"))
        if letter == "p" and found.end() < len(text) and text[found.end()].isalnum():
            raise ValueError(f"{text!r} has %p{text[found.end()]}, which only the kernel can print")
    if "%" in _CONVERSION.sub("", text) or "?" in wanted:
        raise ValueError(f"{text!r} has a conversion that is not for records")
    if wanted != "".join("s" if letter == "s" else "n" for letter in letters):
        raise ValueError(f"{text!r} does not take arguments of the kinds {letters!r}")
    return Format(letters, text)


def read_formats(module: bytes) -> Mapping[int, Format]:
    """Return the formats of a module by number; none if it has no records.

    Raises `bad-formats` where the bytes are no module, or the section is damaged.
    """
    try:
        return dict(_notes(_section(module)))
    except (ValueError, struct.error) as error:
        raise bad_formats(str(error)) from None


def bad_formats(message: str) -> TapsmithError:
    """Return the error for a module whose formats cannot be read."""
    return fail("bad-formats", f"the formats of a module's records cannot be read: {message}")


def _section(module: bytes) -> bytes:
    """Return what the section of formats holds."""
    if module[:6] != b"\x7fELF\x02\x01":
        raise ValueError("it is no module for a 64-bit machine")
    header = _ELF.unpack_from(module)
    first, size, count, names = header[6], header[11], header[12], header[13]
    headers = [_SECTION_HEADER.unpack_from(module, first + size * index) for index in range(count)]
    if names >= count:
        raise ValueError("its sections have no names")
    start, length = headers[names][4:6]
    table = module[start : start + length]
    for name, *_, at, room, _link, _info, _align, _entry in headers:
        if table[name:].split(b"\0", 1)[0] == SECTION:
            if at + room > len(module):
                raise ValueError("its section is cut short")
            return module[at : at + room]
    return b""


def _notes(section: bytes) -> Iterator[tuple[int, Format]]:
    """Yield each format of a section, with its number."""
    at = 0
    while at < len(section):
        owner, length, number = _NOTE.unpack_from(section, at)
        start = at + _NOTE.size + (owner + 3 & ~3)
        description = section[start : start + length]
        if section[at + _NOTE.size :][:owner] != OWNER or len(description) != length:
            raise ValueError("a note is damaged")
        letters, zero, text = description.partition(b"\0")
        if not zero or text[-1:] != b"\0":
            raise ValueError("a note does not end")
        yield number, checked(letters.decode("ascii"), text[:-1].decode("utf-8"))
        at = start + (length + 3 & ~3)
