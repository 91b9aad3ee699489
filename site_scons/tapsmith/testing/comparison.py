"""Comparison: what a module said beside what is expected of it, as differences that a person reads.

expected.txt:3: another line came
  expected  fileio: opens: workload 8
  seen      fileio: opens: workload 7
                                   ^
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tapsmith.testing.expectation import Expectation, Line, cells_fit

_LOSS = ": lost "
_CELLS = re.compile(r"\S+")
_ALIKE = 0.6
"""How alike two lines have to be (as difflib counts) for one to stand in the other's place."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as expected; `message` says it, `place` is the file with the line's number.

    `line` is the line that was expected, None where nothing was; `seen` the line that came in its
    place, or too much.  `count` is how often the line came; `order` the lines of a section in the
    order in which they did come, where it is another.
    """

    message: str
    place: str
    line: Line | None = None
    seen: str | None = None
    count: int = 0
    order: tuple[tuple[int, str], ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.place}: {self.message}"]
        if self.line:
            parts.append(f"  expected  {self.line.text}")
        if self.seen is not None:
            parts.append(f"  seen      {self.seen}")
        if self.line and self.seen is not None and (marks := _marks(self.line.text, self.seen)):
            parts.append(f"            {marks}")
        return "\n".join(parts)


def compare(expected: Expectation, seen: Sequence[str]) -> tuple[Difference, ...]:
    """Return what of the lines that a module said is not as expected; nothing if all is.

    Lines that nothing expects are a difference unless the expectation lets others be; of losses,
    they always are.
    """
    strange = [line for line in seen if not any(wanted.fits(line) for wanted in expected.lines)]
    found: list[Difference] = []
    for line in expected.lines:
        found += _counted(expected, line, sum(map(line.fits, seen)), strange)
    for section in filter(None, expected.sequences):
        # Where lines are missing or too many, their order says nothing more.
        if not any(d.line and d.line.section == expected.lines[section[0]].section for d in found):
            found += _ordered(expected, [expected.lines[index] for index in section], seen)
    found.sort(key=lambda difference: difference.line.numbers if difference.line else ())
    place = expected.file.name
    extra = [line for line in strange if not expected.others or _LOSS in line]
    return (*found, *(Difference("a line came that is not expected", place, seen=line) for line in extra))


def _counted(expected: Expectation, line: Line, count: int, strange: list[str]) -> Iterator[Difference]:
    """Yield what is wrong with how often a line came; what came in its place is taken out of `strange`."""
    low, high = int(line.times.low or 0), line.times.high
    place = f"{expected.file.name}:{line.numbers[-1]}"
    lacking = low - count
    while lacking > 0 and (near := _nearest(line.text, strange)) is not None:
        strange.remove(near)
        yield Difference("another line came", place, line, near, count)
        lacking -= 1
    if lacking > 0 or (high is not None and count > high):
        came = "it never came" if not count else f"it came {_times(count)}"
        wanted = _times(low) if low == high else f"{line.times} times"
        yield Difference(f"a line is expected {wanted}, {came}", place, line, count=count)


def _ordered(expected: Expectation, section: Sequence[Line], seen: Sequence[str]) -> Iterator[Difference]:
    """Yield the first line of a section that came in the place of another."""
    came = [line for line in seen if any(wanted.fits(line) for wanted in section)]
    for wanted, line in zip(section, came, strict=False):
        if not wanted.fits(line):
            texts = [next(wanted.text for wanted in section if wanted.fits(line)) for line in came]
            rows = sorted({number for wanted in section for number in wanted.numbers})
            place = f"{expected.file.name}:{wanted.numbers[0]}"
            order = tuple(zip(rows, texts, strict=False))
            yield Difference("the lines came in another order", place, wanted, line, order=order)
            return


def _nearest(wanted: str, lines: Sequence[str]) -> str | None:
    """Return the line that is most like the one wanted: of as many cells, most of them the same."""
    best, most = None, 0.0
    for line in lines:
        pairs = list(zip_longest(wanted.split(), line.split(), fillvalue=""))
        same = sum(cells_fit(one, other) for one, other in pairs) / max(1, len(pairs))
        alike = max(same, difflib.SequenceMatcher(None, wanted, line, autojunk=False).ratio())
        if alike > most:
            best, most = line, alike
    return best if most >= _ALIKE else None


def _marks(wanted: str, seen: str) -> str:
    """Return carets below the cells of the line that was seen which are not as wanted."""
    cells = list(_CELLS.finditer(seen))
    others = wanted.split()
    if len(cells) != len(others):
        return ""
    marks = [" "] * len(seen)
    for cell, other in zip(cells, others, strict=True):
        if not cells_fit(other, cell[0]):
            marks[cell.start() : cell.end()] = "^" * len(cell[0])
    return "".join(marks).rstrip()


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
