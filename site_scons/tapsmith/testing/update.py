"""Update: the text of an expectation, changed so that it fits what a module said.

Comments, layout, and in a changed line the cells that fit stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tapsmith.testing.bounds import BRACES, Bounds
from tapsmith.testing.comparison import Difference
from tapsmith.testing.expectation import ANY_ORDER, IN_ORDER, Line, cells_fit

_NEW = """\
# Every line has to come as often as it stands here, in any order; * is any run of characters without a space,
# {>=10} a number of ten or more, and a line `...` would let other lines be.
"""


def first_text(seen: Sequence[str]) -> str:
    """Return the text of an expectation of just the lines that were seen."""
    return _NEW + "".join(f"{_literal(line)}\n" for line in seen)


def updated_text(text: str, differences: Sequence[Difference]) -> str:
    """Return the text of an expectation without the differences that were found."""
    rows = [[row] for row in text.splitlines()]
    for line in {difference.line: None for difference in differences if difference.line}:
        _put_right(rows, line, [difference for difference in differences if difference.line == line])
    lines = [line for row in rows for line in row]
    more = [_literal(d.seen) for d in differences if d.line is None and d.seen is not None]
    directives = [line for line in lines if line in (IN_ORDER, ANY_ORDER)]
    if more and directives[-1:] == [IN_ORDER]:
        lines.append(ANY_ORDER)
    return "".join(f"{line}\n" for line in [*lines, *more])


def _put_right(rows: list[list[str]], line: Line, differences: Sequence[Difference]) -> None:
    """Change the rows of one line: those that did not come become what came in their place, or go."""
    for number, text in (place for difference in differences for place in difference.order):
        rows[number - 1] = [text]
    if any(difference.order for difference in differences):
        return
    count = differences[0].count
    came = [_merged(line.text, difference.seen) for difference in differences if difference.seen is not None]
    if line.times.low != line.times.high or line.times.low != len(line.numbers):
        rows[line.numbers[0] - 1] = [f"{_widened(line.times, count)} times {line.text}", *came]
        return
    for number in line.numbers[count:]:
        rows[number - 1] = came[:1]
        came = came[1:]
    rows[line.numbers[-1] - 1] += [line.text] * (count - len(line.numbers))


def _widened(times: Bounds, count: int) -> Bounds:
    low = min(times.low or Decimal(0), Decimal(count))
    return Bounds(low, None if times.high is None else max(times.high, Decimal(count)))


def _merged(wanted: str, seen: str) -> str:
    """Return the line that was seen, with the cells of the wanted one where they fit."""
    ours, theirs = wanted.split(" "), seen.split(" ")
    if len(ours) != len(theirs):
        return _literal(seen)
    pairs = zip(ours, theirs, strict=True)
    return " ".join(one if cells_fit(one, other) else _literal(other) for one, other in pairs)


def _literal(seen: str) -> str:
    """Return a line by which a line that was seen is expected; what would be bounds there is left open."""
    return BRACES.sub("*", seen)
