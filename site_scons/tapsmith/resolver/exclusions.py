"""Conflicts in the search: which releases do not go with which."""

from __future__ import annotations

from tapsmith.manifest import Requirement
from tapsmith.resolver.claims import Conflicts
from tapsmith.resolver.clauses import Clauses
from tapsmith.resolver.universe import Release

_Key = tuple[str, str, str]


class Exclusions:
    """The conflicts of loaded releases, and whom they hit."""

    def __init__(self, clauses: Clauses) -> None:
        self._clauses = clauses
        self._claims: dict[_Key, Conflicts] = {}
        self._conflicts: dict[str, list[tuple[str, Requirement]]] = {}
        self._loaded: dict[str, list[Release]] = {}

    def load(self, release: Release) -> None:
        """Say what a release excludes, and what excludes it."""
        for name in (release.name, *release.provides):
            self._loaded.setdefault(name, []).append(release)
            for owner, conflict in self._conflicts.get(name, ()):
                self._hit(owner, conflict, release)
        for conflict in sorted(release.conflicts, key=lambda conflict: (conflict.name, conflict.range.text)):
            self._exclude(release, conflict)

    def _exclude(self, release: Release, conflict: Requirement) -> None:
        key = (release.name, conflict.name, conflict.range.text)
        if key not in self._claims:
            self._claims[key] = Conflicts(conflict)
            self._conflicts.setdefault(conflict.name, []).append((release.name, conflict))
            for other in self._loaded.get(conflict.name, ()):
                self._hit(release.name, conflict, other)
        self._claims[key].releases.append(release)
        self._clauses.add([-self._clauses.chosen(release), -self._variable(*key)], self._claims[key])

    def _hit(self, owner: str, conflict: Requirement, release: Release) -> None:
        """Say that a release is what a fragment does not go with, if it is in the range."""
        virtual = release.name != conflict.name
        # A fragment that provides what it conflicts with wants to be the only one.
        if release.name != owner and (virtual or conflict.range.contains(release.version)):
            variable = self._variable(owner, conflict.name, conflict.range.text)
            self._clauses.add([-self._clauses.chosen(release), variable])

    def _variable(self, owner: str, name: str, wanted: str) -> int:
        return self._clauses.number("hit", owner, name, wanted)
