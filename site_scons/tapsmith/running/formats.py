"""Formats of `map_print` that a module holds: by them its lines become rows again.

    "%1s asked for %S bytes in %C reads"  +  "cat asked for 512 bytes in 2 reads"
        -> key1 cat, sum 512, count 2

They are among the constant texts of the module's code.  A key in a format, `%1s`, tells them from those of
printk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PIECE = re.compile(r"%(?P<key>[12])(?P<letter>[dxsP])|%(?P<value>[dxsPCSNXAVH%])|(?P<text>[^%]+)")
_FIELDS = {
    **dict.fromkeys("dxsP", "value"),
    **{"C": "count", "S": "sum", "N": "min", "X": "max", "A": "average", "V": "variance"},
}
_FIGURES = "dCSNXAV"
_NUMBER = r"-?\d+"
# What `stats` prints is not in the letters of map_print; a histogram follows it.
_STATISTIC = "%1s: count %C, sum %S, min %N, max %X, average %A%H"
_SPREAD = re.compile(r"(?P<line>.*), variance (?P<variance>\d+), deviation (?P<deviation>\d+)", re.DOTALL)
_BAR = re.compile(r" *(?P<label>\S+) \|@* *\| (?P<count>\d+)")


@dataclass(frozen=True)
class Format:
    """A format of map_print; `bars` tells whether a histogram follows each line.

    The first pattern takes numbers only where the format asks for one; a key of the other kind than its
    letter's is printed as what it is, which the second takes, too.
    """

    text: str
    bars: bool
    weight: int
    numbers: frozenset[str]
    patterns: tuple[re.Pattern[str], re.Pattern[str]]

    def fields(self, line: str) -> Mapping[str, int | str] | None:
        """Return what stands in a line by the names of fields; None if the line has another form."""
        for pattern in self.patterns:
            found = pattern.fullmatch(line)
            if found:
                return {name: self._value(name, text) for name, text in found.groupdict().items()}
        return None

    def _value(self, name: str, text: str) -> int | str:
        return int(text) if name in self.numbers and re.fullmatch(_NUMBER, text) else text


def parse_format(text: str) -> Format | None:
    """Return the format that a constant text is; None if it is none, or spans several lines."""
    pieces = list(_PIECE.finditer(text))
    if "".join(piece[0] for piece in pieces) != text or "\n" in text:
        return None
    if not any(piece["key"] for piece in pieces):
        return None
    numbers = frozenset(_name(one) for one in pieces if (one["letter"] or one["value"] or "%") in _FIGURES)
    literal = sum(len(piece["text"] or "") for piece in pieces)
    if not literal:
        # Every line would have that form.
        return None
    return Format(text, "%H" in text, literal, numbers, (_pattern(pieces, True), _pattern(pieces, False)))


def _pattern(pieces: Iterable[re.Match[str]], strict: bool) -> re.Pattern[str]:
    pattern, seen = "", set()
    for piece in pieces:
        if piece["text"] or piece["value"] == "%":
            pattern += re.escape(piece["text"] or "%")
        elif piece["value"] != "H":
            name = _name(piece)
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{_form(piece, strict)})"
            seen.add(name)
    return re.compile(pattern, re.DOTALL)


def _name(piece: re.Match[str]) -> str:
    return f"key{piece['key']}" if piece["key"] else _FIELDS[piece["value"]]


def _form(piece: re.Match[str], strict: bool) -> str:
    letter = piece["letter"] or piece["value"]
    if letter in "sP" or (piece["key"] and not strict):
        return ".*?"
    return "[0-9a-f]+" if letter == "x" else _NUMBER


class Formats:
    """The formats of a module, and that of statistics which the fragment `stats` prints."""

    def __init__(self, strings: Iterable[str]) -> None:
        found = [parse_format(text) for text in dict.fromkeys([*strings, _STATISTIC])]
        # The one with most text of its own is the one that was meant.
        self._formats = sorted((one for one in found if one), key=lambda one: -one.weight)

    def read(self, line: str) -> tuple[Format, Mapping[str, int | str]] | None:
        """Return the format of a line, and its fields; None if the line has none."""
        for one in self._formats:
            fields = one.fields(line)
            if fields is not None:
                return one, fields
        spread = _SPREAD.fullmatch(line)
        rest = self.read(spread["line"]) if spread else None
        if not spread or not rest or rest[0].text != _STATISTIC:
            return None
        return rest[0], {**rest[1], **{name: int(spread[name]) for name in ("variance", "deviation")}}


def parse_bar(line: str) -> tuple[str, int] | None:
    """Return label and count of a histogram's bar; None if the line is none."""
    found = _BAR.fullmatch(line)
    return (found["label"], int(found["count"])) if found else None


def is_gap(line: str) -> bool:
    """Tell whether a line stands for empty buckets between bars."""
    return line.strip() == "~"
