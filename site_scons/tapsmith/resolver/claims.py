"""Claims: what the answer has to respect, each a sentence with the place where it is written.

An explanation is a set of claims that cannot all hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tapsmith.diagnostics import Place
from tapsmith.limits import Limits
from tapsmith.manifest import Requirement
from tapsmith.resolver.universe import Release

Known = Callable[[str], Sequence[Release]]
"""The releases of a name that could be taken, newest first."""


@dataclass
class _Written:
    """What a requirement says, or a conflict; it stands where that does."""

    requirement: Requirement

    @property
    def place(self) -> Place | None:
        return self.requirement.place


@dataclass
class Need(_Written):
    """The probe needs something."""

    label: str

    def sentence(self, known: Known) -> str:
        return f"{self.label} needs {wanted(self.requirement)}"


@dataclass
class Requires(_Written):
    """Releases of one fragment require the same thing."""

    releases: list[Release] = field(default_factory=list)

    def sentence(self, known: Known) -> str:
        conditions = " and ".join(f"{s.macro} is {s.value.text}" for s in self.requirement.when)
        text = f"{spell(self.releases, known)} needs {wanted(self.requirement)}"
        return f"{text} where {conditions}" if conditions else text


@dataclass
class Conflicts(_Written):
    """Releases of one fragment do not go with something."""

    releases: list[Release] = field(default_factory=list)

    def sentence(self, known: Known) -> str:
        return f"{spell(self.releases, known)} does not go with {wanted(self.requirement)}"


@dataclass
class Absent:
    """Nothing is there to satisfy what is wanted; `why` tells what is there instead, `mend` what to write."""

    name: str
    range: str
    why: str
    mend: str
    place: Place | None = None

    def sentence(self, known: Known) -> str:
        what = self.name if self.range == "*" else f"{self.name} {self.range}"
        return f"there is no {what}: {self.why}"


@dataclass
class Objects:
    """A release does not take the value of a macro: it takes what is within `limits`."""

    macro: str
    limits: Limits
    text: str
    place: Place | None

    def sentence(self, known: Known) -> str:
        return self.text


@dataclass
class Cycle:
    """Fragments that would require each other; `places` tell where each requires the next."""

    names: tuple[str, ...]
    places: tuple[Place, ...]
    place: Place | None = None

    def sentence(self, known: Known) -> str:
        following = [*self.names[1:], self.names[0]]
        steps = " -> ".join(f"{name} ({place})" for name, place in zip(following, self.places, strict=True))
        return f"fragments may not require each other: {self.names[0]} -> {steps}"


@dataclass
class Asked:
    """A release that somebody asks about."""

    release: Release
    place: Place | None = None

    def sentence(self, known: Known) -> str:
        return f"{self.release} is what you ask for"


Claim = Need | Requires | Conflicts | Absent | Objects | Cycle | Asked


def wanted(requirement: Requirement) -> str:
    """Return a name and its range, as in `maps ^1.0`."""
    return requirement.name if requirement.range.any else f"{requirement.name} {requirement.range}"


def spell(releases: Sequence[Release], known: Known) -> str:
    """Return which releases of one fragment these are, as short as it can be said."""
    name = releases[0].name
    every = [release.version for release in reversed(known(name))]
    some = sorted(release.version for release in releases)
    if len(some) == 1:
        return f"{name} {some[0]}"
    if some == every:
        return f"every {name}"
    first = every.index(some[0]) if some[0] in every else -1
    if first >= 0 and every[first : first + len(some)] == some:
        if first == 0:
            return f"every {name} up to {some[-1]}"
        if first + len(some) == len(every):
            return f"every {name} from {some[0]} on"
        return f"every {name} from {some[0]} to {some[-1]}"
    return f"{name} {', '.join(map(str, some[:-1]))} and {some[-1]}"
