"""Records: what a module with buffers sends, bytes to values.

    reader = Records(read_formats(Path("m.ko").read_bytes()))
    for record in reader.feed(chunk): print(record.text)

A record is a header (length of the payload, format, CPU, nanoseconds of
CLOCK_MONOTONIC) and its payload, with zeros up to the next 8 bytes.  Format 0
is a line of text.  Only what the standard library has is used here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.formats import Argument, Format

LINE = 0
"""The format of a line of text."""
LONGEST = 4096
"""No payload is longer."""
HEADER = struct.Struct("<IHHQ")
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Record:
    """A record: when and where it was made, its format, its arguments, and these as text."""

    nanoseconds: int
    cpu: int
    format: int
    arguments: tuple[Argument, ...]
    text: str


class Records:
    """Makes records of a stream of bytes that comes in pieces."""

    def __init__(self, formats: Mapping[int, Format]) -> None:
        self._formats = formats
        self._rest = b""
        self._offset = 0

    def feed(self, data: bytes) -> Iterator[Record]:
        """Yield the records that `data` completes; `bad-records` where the stream is damaged."""
        self._rest += data
        at = 0
        try:
            while len(self._rest) - at >= HEADER.size:
                length, number, cpu, nanoseconds = HEADER.unpack_from(self._rest, at)
                if length > LONGEST:
                    raise self._damaged(at, f"a payload of {length} bytes")
                end = at + HEADER.size + (length + 7 & ~7)
                if len(self._rest) < end:
                    return
                payload = self._rest[at + HEADER.size : end]
                arguments, text = self._decode(at, number, length, payload)
                at = end
                yield Record(nanoseconds, cpu, number, arguments, text)
        finally:
            self._rest = self._rest[at:]
            self._offset += at

    def end(self) -> None:
        """Say that nothing comes any more; `bad-records` where that cuts a record."""
        if self._rest:
            raise self._damaged(0, f"a record is cut after {len(self._rest)} bytes")

    def _decode(self, at: int, number: int, length: int, payload: bytes) -> tuple[tuple[Argument, ...], str]:
        if any(payload[length:]):
            raise self._damaged(at, "the padding is not zero")
        if number == LINE:
            text = payload[:length].decode("utf-8", "backslashreplace")
            return (text,), text
        if number not in self._formats:
            raise self._damaged(at, f"the module has no format {number}")
        form = self._formats[number]
        try:
            arguments = tuple(_arguments(form.letters, payload[:length]))
        except (ValueError, struct.error):
            raise self._damaged(at, f"{length} bytes are not what {form} takes") from None
        return arguments, form.apply(arguments)

    def _damaged(self, at: int, message: str) -> TapsmithError:
        return fail("bad-records", f"the stream of records is damaged at byte {self._offset + at}: {message}")


def decode(data: bytes, formats: Mapping[int, Format]) -> tuple[Record, ...]:
    """Return the records of a whole stream; `bad-records` where it is damaged."""
    reader = Records(formats)
    records = tuple(reader.feed(data))
    reader.end()
    return records


def in_order(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return records in order of time; those of one CPU are so already."""
    return tuple(sorted(records, key=attrgetter("nanoseconds")))


def _arguments(letters: str, payload: bytes) -> Iterator[Argument]:
    """Yield the arguments; ValueError or struct.error if these are not they."""
    at = 0
    for letter in letters:
        if letter == "s":
            [length] = _LENGTH.unpack_from(payload, at)
            text = payload[at + 4 : at + 4 + length]
            if len(text) != length:
                raise ValueError("a string is cut short")
            yield text.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
            at += 4 + length + 7 & ~7
        else:
            yield int(struct.unpack_from(f"<{letter}", payload, at)[0])
            at += 8
    if at != len(payload):
        raise ValueError("there is more than the arguments")
