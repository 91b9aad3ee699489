"""The agenda: in which order names are decided, and which candidates each has.

First the probe's needs by name, then what decided releases require by name,
then what they require on conditions that hang on others, then virtual names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tapsmith.manifest import Requirement
from tapsmith.resolver.encoding import Encoding
from tapsmith.resolver.reach import Reach
from tapsmith.resolver.universe import Release
from tapsmith.versions import Range, Version


@dataclass(frozen=True)
class Choice:
    """Who stands for a virtual name, and why, as the end of a sentence."""

    virtual: str
    provider: str
    why: str


@dataclass(frozen=True, order=True)
class Rank:
    """How far down a provider is: the probe's own first, then who is in anyway, the default, by name."""

    not_needed: bool
    not_in: bool
    not_default: bool
    name: str

    def why(self, providers: int) -> str:
        """Return why this one was taken of so many, as the end of a sentence."""
        if not self.not_needed:
            return "the probe needs it"
        if providers == 1:
            return "nothing else provides it"
        if not self.not_in:
            return "it is in anyway"
        return "it is the first by name, none is the default" if self.not_default else "it is the default"


class Agenda:
    """What is decided, and what is to be decided next."""

    def __init__(self, encoding: Encoding) -> None:
        self.choices: dict[str, Choice] = {}
        self._encoding = encoding
        self._decided: dict[str, Release] = {}
        self._needs: set[str] = set()
        self._asked: set[str] = set()
        self._virtuals: set[str] = set()
        self._ranges: dict[str, list[Range]] = {}
        for need in encoding.wish.needs:
            self._ask(need, self._needs)

    def next(self) -> str | None:
        """Return the fragment to decide now; None if none is asked for."""
        names = self._needs or self._asked
        return min(names) if names else None

    def next_virtual(self) -> str | None:
        """Return the virtual name to decide now; None if none is asked for."""
        return min(self._virtuals) if self._virtuals else None

    def candidates(self, name: str, kept: Version | None) -> Sequence[Release]:
        """Return the releases in all ranges asked for so far: the one to keep, then the newest first."""
        ranges = self._ranges.get(name, [])
        inside = [
            r for r in self._encoding.usable[name] if all(known.contains(r.version) for known in ranges)
        ]
        return sorted(inside, key=lambda release: release.version != kept)

    def decide(self, name: str, release: Release | None) -> None:
        """Note the release of a name, and what it asks for."""
        assert release is not None
        self._decided[name] = release
        self._needs.discard(name)
        self._asked.discard(name)
        for requirement, others in self._encoding.requirements(release):
            if not others:
                self._ask(requirement, self._asked)

    def add_conditional(self, reach: Reach) -> bool:
        """Note what decided releases ask for on conditions that hold; tell whether that is anything new."""
        for name in self._decided:
            for asked in reach.asked_if.get(name, ()):
                self._note(asked, self._asked)
        return bool(self._asked)

    def choose(self, choice: Choice) -> None:
        """Note who stands for a virtual name."""
        self.choices[choice.virtual] = choice
        self._virtuals.discard(choice.virtual)
        self._note(choice.provider, self._asked)

    def rank(self, virtual: str, name: str) -> Rank:
        """Return how far down a loaded fragment is among those that provide a virtual name."""
        default = any(virtual in release.default_of for release in self._encoding.usable[name])
        needed = any(need.name == name for need in self._encoding.wish.needs)
        return Rank(not needed, name not in self._decided, not default, name)

    def _ask(self, requirement: Requirement, names: set[str]) -> None:
        self._ranges.setdefault(requirement.name, []).append(requirement.range)
        self._note(requirement.name, names)

    def _note(self, name: str, names: set[str]) -> None:
        if self._encoding.is_virtual(name):
            self._virtuals |= {name} - self.choices.keys()
        elif name not in self._decided:
            names.add(name)
