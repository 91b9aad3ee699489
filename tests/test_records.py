"""Records and formats: what is packed comes back, in pieces of any size; damage is told with its place."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Modules
from tapsmith.diagnostics import TapsmithError
from tapsmith.formats import LETTERS, Argument, Format, checked, read_formats
from tapsmith.records import HEADER, Record, Records, decode, in_order

FORMATS = {7: Format("si", "%s %d\n"), 9: Format("QbB", "%llx %hhd %#x")}


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def packed(number: int, payload: bytes, cpu: int = 1, nanoseconds: int = 5) -> bytes:
    """Return a record's bytes."""
    return HEADER.pack(len(payload), number, cpu, nanoseconds) + padded(payload)


def payload(letters: str, arguments: Sequence[Argument]) -> bytes:
    """Return the payload of a record with these arguments."""
    parts = []
    for letter, argument in zip(letters, arguments, strict=True):
        if isinstance(argument, str):
            text = argument.encode()
            parts.append(padded(struct.pack("<I", len(text)) + text))
        else:
            parts.append(padded(struct.pack(f"<{letter}", argument)))
    return b"".join(parts)


def argument(letter: str) -> st.SearchStrategy[Argument]:
    """Return what may stand for a letter."""
    if letter == "s":
        characters = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
        return st.text(characters, max_size=40)
    bits = struct.calcsize(f"<{letter}") * 8
    signed = letter.islower()
    return st.integers(-(1 << bits - 1) if signed else 0, (1 << bits - signed) - 1)


@st.composite
def forms(draw: st.DrawFn) -> tuple[Format, tuple[Argument, ...]]:
    """Return a format and arguments for it."""
    letters = draw(st.text(st.sampled_from(LETTERS), max_size=8))
    text = " ".join("%s" if letter == "s" else "%d" for letter in letters)
    return Format(letters, text), tuple(draw(argument(letter)) for letter in letters)


@given(st.lists(forms(), max_size=6), st.integers(1, 50))
def test_what_is_packed_comes_back(sent: list[tuple[Format, tuple[Argument, ...]]], step: int) -> None:
    """Arguments of all kinds are what they were, however the stream is cut into pieces."""
    formats = {number: form for number, (form, _) in enumerate(sent, 1)}
    stream = b"".join(
        packed(number, payload(form.letters, arguments), number, number * 10)
        for number, (form, arguments) in enumerate(sent, 1)
    )
    reader = Records(formats)
    found = [r for at in range(0, len(stream), step) for r in reader.feed(stream[at : at + step])]
    reader.end()
    assert [r.arguments for r in found] == [arguments for _, arguments in sent]
    assert [(r.format, r.cpu, r.nanoseconds) for r in found] == [(n, n, n * 10) for n in formats]
    assert [r.text for r in found] == [" ".join(map(str, a)).rstrip("\n") for _, a in sent]


@given(st.binary(max_size=120))
def test_any_bytes_are_records_or_refused(data: bytes) -> None:
    """Damage is told by a code, and never as anything else."""
    with suppress(TapsmithError):
        assert HEADER.size * len(decode(data, FORMATS)) <= len(data)


@given(st.binary(max_size=200))
def test_any_file_is_a_module_or_refused(data: bytes) -> None:
    """The same for the table of formats, with the beginning of a module before it."""
    for file in (data, b"\x7fELF\x02\x01" + data):
        with pytest.raises(TapsmithError, match="bad-formats"):
            read_formats(file)


def test_text_is_as_printf_makes_it() -> None:
    """Lengths, widths, pointers, characters; a line of text is what it is."""
    stream = (
        packed(7, payload("si", ("name", -3)))
        + packed(9, payload("QbB", (255, -1, 255)))
        + packed(0, b"100%")
    )
    assert [record.text for record in decode(stream, FORMATS)] == ["name -3", "ff -1 0xff", "100%"]
    assert checked("Qii", "%p|%*d|%%").apply((4096, 4, 7)) == "0x1000|   7|%"
    assert checked("is", "%c %.3s").apply((65, "abcdef")) == "A abc"


def test_records_can_be_put_in_order_of_time() -> None:
    """Those of two CPUs, which come one CPU after the other."""
    stream = b"".join(packed(0, b"x", cpu, time) for cpu, time in ((0, 3), (0, 9), (1, 1), (1, 5)))
    assert [record.nanoseconds for record in in_order(decode(stream, {}))] == [1, 3, 5, 9]


GOOD = packed(0, b"abc")
DAMAGED = [
    (GOOD + packed(8, b""), "byte 24: the module has no format 8"),
    (GOOD + GOOD[:20], "byte 24: a record is cut after 20 bytes"),
    (GOOD[:-1] + b"x", "byte 0: the padding is not zero"),
    (HEADER.pack(5000, 0, 0, 0), "byte 0: a payload of 5000 bytes"),
    (packed(7, b"12345678"), "byte 0: 8 bytes are not what '%s %d\\n' of si takes"),
    (packed(7, payload("si", ("a", 1)) + bytes(8)), "byte 0: 24 bytes are not what"),
]


@pytest.mark.parametrize(("stream", "message"), DAMAGED)
def test_damage_is_told_with_its_place(stream: bytes, message: str) -> None:
    """Which byte, and what is wrong there."""
    with pytest.raises(TapsmithError) as caught:
        decode(stream, FORMATS)
    [problem] = caught.value.problems
    assert problem.code == "bad-records"
    assert message in problem.message


@pytest.mark.parametrize(
    ("letters", "text"),
    [("i", "%s"), ("s", "%d"), ("ii", "%d"), ("Q", "%pS"), ("Q", "%n"), ("", "50%"), ("?", "%d")],
)
def test_formats_that_cannot_be_printed_are_refused(letters: str, text: str) -> None:
    """Kinds that do not fit, and what only the kernel can print."""
    with pytest.raises(ValueError, match=r"has|take|kinds"):
        checked(letters, text)


def test_a_module_tells_its_formats(modules: Modules) -> None:
    """They are in its file; a module that sends none has none, and a file cut short is refused."""
    module = modules.path("test_buffers").read_bytes()
    assert set(read_formats(module).values()) == {Format("sII", "%s %u %u")}
    assert read_formats(modules.path("hello").read_bytes()) == {}
    with pytest.raises(TapsmithError, match="bad-formats"):
        read_formats(module[: len(module) // 2])


def test_a_record_is_a_value() -> None:
    """It can be compared and kept."""
    assert decode(packed(0, b"a"), {}) == (Record(5, 1, 0, ("a",), "a"),)
