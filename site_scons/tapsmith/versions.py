"""SemVer 2 values: `Version`, `Range`, and the number in a kernel release.

A version is `major.minor.patch[-prerelease][+build]`, ordered as SemVer 2.0.0
section 11 says; build metadata takes no part in order or equality.  A range
is a list of clauses, all of which must hold: `^1.0`, `~1.2`, `>=1, <2`,
`=1.2.3`, `1.*`, `*`.  Parsing raises `MalformedError`, a sentence and a mend for the user.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, total_ordering
from typing import Any

_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_IDENTIFIERS}))?(?:\+({_IDENTIFIERS}))?", re.ASCII
)
_CLAUSE = re.compile(
    rf"(\^|~|>=|<=|>|<|=)?\s*({_NUMBER})(?:\.({_NUMBER}|\*))?(?:\.({_NUMBER}|\*))?"
    rf"(?:-({_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?",
    re.ASCII,
)
VERSION_PATTERN = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIERS})?(?:\+{_IDENTIFIERS})?"
"""What every version matches; `Version.parse` is stricter."""
_NUMBERS = rf"{_NUMBER}(?:\.{_NUMBER}){{0,2}}(?:-{_IDENTIFIERS})?(?:\+{_IDENTIFIERS})?"
_STARS = rf"{_NUMBER}\.(?:\*(?:\.\*)?|{_NUMBER}\.\*)"
_PART = rf"\s*(?:\*|(?:\^|~|>=|<=|>|<|=)\s*{_NUMBERS}|{_STARS})\s*"
RANGE_PATTERN = rf"{_PART}(?:,{_PART})*"
"""What every range matches; `Range.parse` is stricter."""
_RELEASE = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?", re.ASCII)


class MalformedError(ValueError):
    """A text that does not spell what it should: a sentence, and a mend if one is known."""

    def __init__(self, message: str, mend: str | None = None) -> None:
        super().__init__(message)
        self.mend = mend


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """One SemVer 2 version; compares by precedence and prints as it was read."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()
    build: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Return the version `text` spells in full; MalformedError if it does not."""
        match = _VERSION.fullmatch(text.strip())
        if not match:
            raise MalformedError(f"`{text}` is no version of the form 1.2.3", f"write {_completed(text)}")
        major, minor, patch, pre, build = match.groups()
        return cls(int(major), int(minor), int(patch), _prerelease(pre), build or "")

    @property
    def release(self) -> tuple[int, int, int]:
        """The three numbers."""
        return (self.major, self.minor, self.patch)

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        text += f"-{'.'.join(self.prerelease)}" if self.prerelease else ""
        return text + (f"+{self.build}" if self.build else "")

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
        # A release is above its prereleases; a number is below a word; a longer list is above its prefix.
        identifiers = tuple(
            (False, int(part), "") if part.isdigit() else (True, 0, part) for part in self.prerelease
        )
        return (self.release, not self.prerelease, identifiers)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True)
class _Bound:
    """One comparison with a full version: `operator` is one of >=, >, <, <=."""

    operator: str
    version: Version

    def holds(self, version: Version) -> bool:
        return self._compare(version._key, self._key)

    @cached_property
    def _compare(self) -> Callable[[Any, Any], bool]:
        return _COMPARE[self.operator]

    @cached_property
    def _key(self) -> object:
        return self.version._key


@dataclass(frozen=True)
class Range:
    """A set of versions; equal ranges are spelled equally."""

    text: str
    _bounds: tuple[_Bound, ...] = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Range:
        """Return the range `text` spells; MalformedError if it is no range, or an empty one."""
        bounds: list[_Bound] = []
        for clause in text.split(","):
            if clause.strip() != "*":
                bounds += _clause(clause.strip(), text)
        lows = [bound for bound in bounds if bound.operator.startswith(">")]
        highs = [bound for bound in bounds if bound.operator.startswith("<")]
        for low in lows:
            for high in highs:
                if low.version > high.version or (
                    low.version == high.version and (low.operator, high.operator) != (">=", "<=")
                ):
                    raise MalformedError(f"no version can satisfy `{text}`")
        return cls(text.strip(), tuple(bounds))

    @property
    def any(self) -> bool:
        """Whether the range bounds nothing (`*`)."""
        return not self._bounds

    @property
    def bounds(self) -> tuple[tuple[str, tuple[int, int, int]], ...]:
        """The bounds, all of which hold inside: `>=`, `>`, `<=` or `<`, and three numbers."""
        return tuple((bound.operator, bound.version.release) for bound in self._bounds)

    def contains(self, version: Version) -> bool:
        """Tell whether `version` lies inside.

        A prerelease does so only if a clause names a prerelease of the same
        three numbers: `^1.0` does not mean to try 1.1.0-rc.1.
        """
        if version.prerelease and not any(
            bound.version.prerelease and bound.version.release == version.release for bound in self._bounds
        ):
            return False
        # A loop, not all(): resolving asks this hundreds of thousands of times.
        for bound in self._bounds:  # noqa: SIM110
            if not bound.holds(version):
                return False
        return True

    def __str__(self) -> str:
        return self.text


ANY = Range.parse("*")


def kernel_version(release: str) -> Version:
    """Return the leading numbers of a kernel release.

    `6.12.117+deb12-cloud-amd64` is 6.12.117 and `6.1.0-56-rt-amd64` is 6.1.0:
    what a distribution appends is not SemVer.  MalformedError if there is no number.
    """
    match = _RELEASE.match(release)
    if not match:
        raise MalformedError(f"`{release}` is no kernel release")
    major, minor, patch = (int(part or 0) for part in match.groups())
    return Version(major, minor, patch)


def _completed(text: str) -> str:
    """Return `text` with the numbers it lacks, or an example."""
    short = re.fullmatch(rf"{_NUMBER}(\.{_NUMBER})?", text.strip())
    return text.strip() + ".0" * (2 - text.count(".")) if short else "for instance 1.0.0"


def _prerelease(text: str | None) -> tuple[str, ...]:
    parts = tuple(text.split(".")) if text else ()
    for part in parts:
        if part.isdigit() and part != str(int(part)):
            raise MalformedError(f"`{part}` in a prerelease has a leading zero", f"write {int(part)}")
    return parts


def _clause(clause: str, whole: str) -> list[_Bound]:
    """Return the bounds of one clause of the range `whole`."""
    match = _CLAUSE.fullmatch(clause)
    if not match:
        mend = "write for instance ^1.0, ~1.2, `>=1, <2`, =1.2.3, 1.* or *"
        raise MalformedError(f"`{whole}` is no range", mend)
    operator, *texts, pre = match.groups()
    star = "*" in texts
    numbers = [int(text) for text in texts if text and text != "*"]
    if operator is None and not star:
        mend = f"write ^{clause} (and what is compatible), >={clause} or ={clause}"
        raise MalformedError(f"`{clause}` has no operator", mend)
    if (star and operator) or (pre and len(numbers) < 3) or (texts[1] == "*" and texts[2] not in (None, "*")):
        raise MalformedError(f"in `{clause}`, an operator, `*` or a prerelease cannot stand as it does")
    major, minor, patch = [*numbers, 0, 0][:3]
    return _bounds(operator or "=", Version(major, minor, patch, _prerelease(pre)), len(numbers))


def _bounds(operator: str, low: Version, given: int) -> list[_Bound]:
    """Return the bounds of `operator` with a version of which `given` numbers were written."""
    partial = given < 3
    if operator == "^":
        # The leftmost number that is not zero may not change.
        nonzero = [i for i, number in enumerate(low.release[:given]) if number]
        return [_Bound(">=", low), _Bound("<", _next(low, nonzero[0] if nonzero else given - 1))]
    if operator == "~":
        return [_Bound(">=", low), _Bound("<", _next(low, min(given - 1, 1)))]
    if operator == "=":
        high = _Bound("<", _next(low, given - 1)) if partial else _Bound("<=", low)
        return [_Bound(">=", low), high]
    if partial and operator in (">", "<="):
        # `>1` is above all of 1.x, and `<=1` takes all of it.
        return [_Bound(">=" if operator == ">" else "<", _next(low, given - 1))]
    return [_Bound(operator, low)]


def _next(version: Version, index: int) -> Version:
    """Return the version that follows when number `index` is raised."""
    major, minor, patch = [*version.release[:index], version.release[index] + 1, 0, 0][:3]
    return Version(major, minor, patch)
