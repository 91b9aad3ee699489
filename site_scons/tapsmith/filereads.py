"""Which files a text of C would have the compiler read, beyond those that a fragment may name.

A fragment's C may include its own headers and the kernel's, by plain names.
What else names a file is found here, as far as the text shows it: a macro can
put any of it together out of pieces, and only a compiler in a box of its own
would hinder that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The compiler takes form feeds and zero bytes for blanks, too.
_BLANK = r"[ \t\f\v\0]"
_SPLICE = re.compile(rf"\\{_BLANK}*\n")
_TOKEN = re.compile(
    r"(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)"
    r'|(?P<raw>\b(?:u8|[uUL])?R")'
    # Without its end, as below `#if 0`, a text takes the rest of the line.
    r'|"(?:\\[^\n]|[^"\\\n])*"?' + r"|'(?:\\[^\n]|[^'\\\n])*'?",
    re.DOTALL | re.ASCII,
)
_DIRECTIVE = re.compile(
    rf"^{_BLANK}*(?:\#|%:){_BLANK}*(?P<word>include_next|include|import|embed|pragma)\b(?P<rest>[^\n]*)",
    re.MULTILINE | re.ASCII,
)
_ASKS = re.compile(r"\b(?P<word>__has_include_next|__has_include|__has_embed)\b(?P<rest>[^\n]*)", re.ASCII)
_FILE = re.compile(rf'(?:{_BLANK}|\()*(?:"(?P<quoted>[^"\n]*)"|<(?P<angled>[^>\n]*)>)')
_LITERALS = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')
_LITERAL = re.compile(r'"((?:\\.|[^"\\\n])*)"')
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]+)|([0-7]{1,3})|(.))", re.DOTALL)
_ASSEMBLER = re.compile(r"\.\s*(?P<word>incbin|include)\b", re.ASCII | re.IGNORECASE)
_DEPENDENCY = re.compile(r"\s*GCC\s+(?:dependency|pch_preprocess)\b", re.ASCII)


@dataclass(frozen=True)
class FileRead:
    """What reads a file, where it stands, and what mends it."""

    what: str
    line: int
    column: int
    mend: str


def file_reads(text: str) -> tuple[FileRead, ...]:
    """Return what in a text names a file that a fragment has no business with, in the order of places."""
    # Lines are joined before anything else is looked at: `#inc\\` and `lude` are one word.
    splices = [match.span() for match in _SPLICE.finditer(text)]
    starts, ends = [0, *(end for _, end in splices)], [*(start for start, _ in splices), len(text)]
    joined = "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
    # A comment is one blank, however many lines it has.
    code = _TOKEN.sub(lambda token: " " * len(token[0]) if token["comment"] else token[0], joined)
    found = []
    for offset, what, mend in (*_raw(joined), *_directives(code), *_questions(code), *_assembled(code)):
        line, column = _position(text, _back(offset, starts, ends))
        found.append(FileRead(what, line, column, mend))
    return tuple(sorted(found, key=lambda read: (read.line, read.column)))


def _raw(joined: str) -> Iterator[tuple[int, str, str]]:
    """Give the first raw text, R"(...)": what follows one is not told from texts and comments here."""
    for token in _TOKEN.finditer(joined):
        if token["raw"]:
            yield token.start(), f"{token[0]}(...)", "write a plain text, with escapes"
            return


def _directives(code: str) -> Iterator[tuple[int, str, str]]:
    for match in _DIRECTIVE.finditer(code):
        word, rest = match["word"], match["rest"]
        if word == "pragma":
            if _DEPENDENCY.match(rest):
                yield match.start("word"), f"#pragma{rest.rstrip()}", "drop it"
        elif word != "include":
            yield match.start("word"), f"#{word}", "include a header of the kernel, or one of the fragment"
        elif (file := _FILE.match(rest)) is None:
            yield match.start("word"), f"#include{rest.rstrip()}", "write the header's name itself"
        elif not _is_plain(file):
            yield match.start("word"), f"#include{rest.rstrip()}", _plain_mend(file)


def _questions(code: str) -> Iterator[tuple[int, str, str]]:
    for match in _ASKS.finditer(code):
        file = _FILE.match(match["rest"])
        if match["word"] != "__has_include" or file is None or not _is_plain(file):
            mend = "ask for a header of the kernel, by its name itself"
            yield match.start(), f"{match['word']}{file[0] if file else ''}", mend


def _assembled(code: str) -> Iterator[tuple[int, str, str]]:
    for match in _LITERALS.finditer(code):
        text = "".join(_ESCAPE.sub(_unescaped, part) for part in _LITERAL.findall(match[0]))
        if order := _ASSEMBLER.search(text):
            yield match.start(), f".{order['word']} of the assembler", "put the bytes into an array of C"


def _is_plain(file: re.Match[str]) -> bool:
    name = file["quoted"] if file["quoted"] is not None else file["angled"]
    return not name.startswith(("/", "~")) and ".." not in name.split("/")


def _plain_mend(file: re.Match[str]) -> str:
    mend = "name a header of the kernel as <linux/...>"
    return f"{mend}, or one in the fragment's directory" if file["quoted"] is not None else mend


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1][-2:], 16))
    return chr(int(escape[2], 8)) if escape[2] else escape[3]


def _back(offset: int, starts: list[int], ends: list[int]) -> int:
    """Return where a character of the joined text stands in the text."""
    for start, end in zip(starts, ends, strict=True):
        if offset < end - start:
            return start + offset
        offset -= end - start
    return ends[-1]


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
