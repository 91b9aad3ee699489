"""Bounds of numbers, as expectations have them: `{>=10}`, `{<=5}`, `{3..7}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

FORMS = "write `{>=10}`, `{<=5}` or `{3..7}`"
"""What may be written, as a mend."""

NUMBER = r"-?\d+(?:\.\d+)?"
_WELL = re.compile(rf">=(?P<low>{NUMBER})|<=(?P<high>{NUMBER})|(?P<from>{NUMBER})\.\.(?P<to>{NUMBER})")
# What is meant as bounds: other braces are text.
BRACES = re.compile(r"\{(?:[<>=]|-?[\d.]+\.\.)[^}\s]*\}?")


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest number that hold; None is no limit."""

    low: Decimal | None
    high: Decimal | None

    def hold(self, number: Decimal) -> bool:
        """Tell whether a number lies within."""
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"{{>={self.low}}}"
        return f"{{<={self.high}}}" if self.low is None else f"{{{self.low}..{self.high}}}"


def parse_bounds(text: str) -> Bounds:
    """Return the bounds that a text with its braces is; ValueError says what is wrong."""
    found = _WELL.fullmatch(text[1:-1]) if text.endswith("}") else None
    if not found:
        raise ValueError(f"`{text}` names no bounds of a number")
    low, high = found["low"] or found["from"], found["high"] or found["to"]
    bounds = Bounds(Decimal(low) if low else None, Decimal(high) if high else None)
    if bounds.low is not None and bounds.high is not None and bounds.low > bounds.high:
        raise ValueError(f"no number lies within `{text}`")
    return bounds
