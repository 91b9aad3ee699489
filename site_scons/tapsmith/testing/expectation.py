"""Expectations: the lines that a module has to log, in a text file beside its probe.

# A comment.
...                                  other lines may come as well
reads: wc: 4 reads                   as often as it stands here, in any order
reads: * took {>=10} ns              any run of characters without a space; a number within bounds
top: *   sh     *  12                beside a star as many spaces as there are, as in padded columns
{1..3} times reads: sh: * reads      as often as the bounds say
? reads: cat: * reads                any number of times, and never
in order:                            the lines below come in this order
any order:                           those below, again, in any
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from tapsmith.diagnostics import Place, Problem, TapsmithError, fail
from tapsmith.kernelcache import HOST, architecture
from tapsmith.testing.bounds import BRACES, FORMS, NUMBER, Bounds, parse_bounds

EXPECTED_FILE = "expected.txt"
OTHERS = "..."
IN_ORDER, ANY_ORDER = "in order:", "any order:"
_PERHAPS = "? "
_TIMES = re.compile(rf"({BRACES.pattern}) times (?=\S)")
_ONCE = Bounds(Decimal(1), Decimal(1))
_ANY_TIMES = Bounds(Decimal(0), None)


@dataclass(frozen=True)
class Line:
    """A line that is expected, and how often; lines of the same text are one.

    `numbers` are where it stands in the file; `section` is the number of the
    section in order that it belongs to, or None.
    """

    text: str
    times: Bounds
    numbers: tuple[int, ...]
    section: int | None = None

    @cached_property
    def _pattern(self) -> tuple[re.Pattern[str], tuple[Bounds, ...]]:
        return _compiled(self.text)

    def fits(self, line: str) -> bool:
        """Tell whether a line that was seen is this one."""
        pattern, bounds = self._pattern
        found = pattern.fullmatch(line)
        if found is None:
            return False
        return all(limits.hold(Decimal(n)) for limits, n in zip(bounds, found.groups(), strict=True))


@dataclass(frozen=True)
class Expectation:
    """What is expected of a module: lines, and whether others may come as well.

    `sequences` are the sections in order: of each line its index in `lines`.
    """

    lines: tuple[Line, ...]
    others: bool
    file: Path
    sequences: tuple[tuple[int, ...], ...] = field(default=())


def expectation_file(directory: Path, release: str) -> Path:
    """Return the file of a probe's directory that says what is expected on a kernel.

    That is `expected.txt`; a kernel of another architecture may have one of its own, such as
    `expected.arm64.txt`.
    """
    arch = architecture(release)
    own = directory / f"expected.{arch}.txt"
    return own if arch != HOST and own.is_file() else directory / EXPECTED_FILE


def load_expectation(file: Path) -> Expectation | None:
    """Return what a file expects, None if it is not there; `bad-expectation` with all that is wrong."""
    try:
        return parse_expectation(file.read_text(encoding="utf-8"), file)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise fail("bad-expectation", f"the expectation cannot be read: {reason}", Place(file)) from None


def parse_expectation(text: str, file: Path) -> Expectation:
    """Return what the text of a file expects; TapsmithError (`bad-expectation`) with all that is wrong."""
    found: list[Line] = []
    problems: list[Problem] = []
    section: int | None = None
    sections = 0
    others = False
    for number, row in enumerate(text.splitlines(), 1):
        if row == OTHERS:
            others = True
        elif row == IN_ORDER:
            section, sections = sections, sections + 1
        elif row == ANY_ORDER:
            section = None
        elif row and not row.startswith("#"):
            line = _line(row, number, section)
            problems += _mistakes(row, number, section, file)
            found += [line] if line else []
    if problems:
        raise TapsmithError(problems)
    return _merged(found, others, file, sections)


def cells_fit(expected: str, seen: str) -> bool:
    """Tell whether a part of a line that was seen is what such a part of an expected line says."""
    return Line(expected, _ONCE, ()).fits(seen)


def _line(row: str, number: int, section: int | None) -> Line | None:
    """Return the line of a row; None for one with mistakes, of which `_mistakes` tells."""
    if row.startswith(_PERHAPS):
        return Line(row.removeprefix(_PERHAPS), _ANY_TIMES, (number,))
    prefix = _TIMES.match(row)
    try:
        times = parse_bounds(prefix[1]) if prefix else _ONCE
    except ValueError:
        return None
    return Line(row[prefix.end() :] if prefix else row, times, (number,), section)


def _mistakes(row: str, number: int, section: int | None, file: Path) -> Iterator[Problem]:
    for braces in BRACES.finditer(row):
        try:
            parse_bounds(braces[0])
        except ValueError as error:
            place = Place(file, number, braces.start() + 1)
            yield Problem("bad-expectation", str(error), place, FORMS)
    place = Place(file, number, 1)
    if row.startswith(_PERHAPS[0]) and not row[1:].strip():
        yield Problem("bad-expectation", "there is no line behind `?`", place, "write the line, or drop this")
    if section is not None and (row.startswith(_PERHAPS) or _TIMES.match(row)):
        message = "a line of a section in order stands for just one"
        mend = f"write it as often as it comes, or put it before `{IN_ORDER}`"
        yield Problem("bad-expectation", message, place, mend)


def _merged(found: Iterable[Line], others: bool, file: Path, sections: int) -> Expectation:
    """Return the expectation of lines, those of the same text and section as one."""
    merged: dict[tuple[str, int | None], Line] = {}
    sequences: list[list[tuple[str, int | None]]] = [[] for _ in range(sections)]
    for line in found:
        key = (line.text, line.section)
        if line.section is not None:
            sequences[line.section].append(key)
        before = merged.get(key)
        merged[key] = _both(before, line) if before else line
    at = {key: index for index, key in enumerate(merged)}
    order = tuple(tuple(at[key] for key in keys) for keys in sequences)
    return Expectation(tuple(merged.values()), others, file, order)


def _both(one: Line, other: Line) -> Line:
    low = (one.times.low or Decimal(0)) + (other.times.low or Decimal(0))
    ends = (one.times.high, other.times.high)
    high = None if None in ends else sum((end for end in ends if end is not None), Decimal(0))
    return replace(one, times=Bounds(low, high), numbers=one.numbers + other.numbers)


def _bounds(text: str) -> list[Bounds]:
    return [parse_bounds(braces[0]) for braces in BRACES.finditer(text)]


def _compiled(text: str) -> tuple[re.Pattern[str], tuple[Bounds, ...]]:
    """Return the pattern of a line, with a group for each number that has bounds, and the bounds."""
    rest = BRACES.split(text)
    return re.compile(f"({NUMBER})".join(map(_pattern, rest))), tuple(_bounds(text))


def _pattern(text: str) -> str:
    """Return the pattern of text with stars; where spaces stand beside a star there may be fewer, or more."""
    pieces = re.split(r"( *\* *)", text)
    pieces[::2] = [re.escape(piece) for piece in pieces[::2]]
    pieces[1::2] = [re.sub(" +", " +", piece.replace("*", r"\S*")) for piece in pieces[1::2]]
    return "".join(pieces)
