"""Limits: what the value of a macro may be, as `range` and `choices` of the YAML tell."""

from __future__ import annotations

from dataclasses import dataclass

from tapsmith.reader import Reader, as_integer
from tapsmith.versions import MalformedError
from tapsmith.words import CHOICE_NAME

MacroValue = int | bool | str

# The largest magnitude that a C constant without a suffix holds with either sign.
_GREATEST = 2**63 - 1


@dataclass(frozen=True)
class Limits:
    """What a value may be: integers from `low` to `high`, one of `choices`, or anything (None)."""

    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] | None = None

    def objection(self, value: MacroValue) -> str | None:
        """Return why `value` lies outside, as the end of a sentence, or None."""
        if self.choices is not None and value not in self.choices:
            return f"is none of {', '.join(self.choices)}"
        if isinstance(value, int) and not isinstance(value, bool):
            if self.low is not None and value < self.low:
                return f"is below {self.low}"
            if self.high is not None and value > self.high:
                return f"is above {self.high}"
        return None

    def excludes(self, other: Limits) -> bool:
        """Tell whether no value satisfies both."""
        if self.choices is not None and other.choices is not None:
            return not set(self.choices) & set(other.choices)
        both = self.narrowed(other)
        return both.low is not None and both.high is not None and both.low > both.high

    def narrowed(self, other: Limits) -> Limits:
        """Return these limits with the ends of both ranges held to."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Limits(max(lows, default=None), min(highs, default=None), self.choices)

    def __str__(self) -> str:
        if self.choices is not None:
            return f"one of {', '.join(self.choices)}"
        return f"from {self.low} to {self.high}"


INT = Limits(-(2**31), 2**31 - 1)
"""What an int of C holds."""

WIDEST = Limits(-_GREATEST, _GREATEST)
"""What is left of an int macro that is given no range."""


def read_limits(kind: str, reader: Reader) -> Limits | None:
    """Read what limits a macro of this kind; None if that is missing."""
    if kind == "int":
        return Limits(*read_range(reader))
    if kind == "enum":
        choices = read_choices(reader)
        return Limits(choices=choices) if choices else None
    return Limits()


def read_range(reader: Reader) -> tuple[int, int]:
    """Read `range: [low, high]`; the widest range if it is absent or wrong."""
    widest = (-_GREATEST, _GREATEST)
    scalars = reader.scalars("range")
    if not reader.has("range"):
        return widest
    ends = []
    for scalar in scalars:
        try:
            ends.append(as_integer(scalar))
        except MalformedError as error:
            reader.report.add("macro-type", str(error), scalar.place, error.mend)
            return widest
    if len(ends) != 2 or ends[0] > ends[1] or max(map(abs, ends)) > _GREATEST:
        message = "a range is two integers of 64 bits, the lower first"
        reader.report.add("wrong-type", message, reader.place_of("range"), "write for instance [1, 20]")
        return widest
    return (ends[0], ends[1])


def read_choices(reader: Reader) -> tuple[str, ...] | None:
    """Read `choices`; None if absent."""
    return tuple(choice for _, choice in reader.items("choices", CHOICE_NAME)) or None
