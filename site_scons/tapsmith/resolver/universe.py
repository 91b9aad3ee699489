"""What there is to choose from: `Release`, one version of one fragment, and `Universe`, all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tapsmith.diagnostics import Place
from tapsmith.macro import Constraint, Macro
from tapsmith.manifest import Fragment, Requirement
from tapsmith.versions import Range, Version


@dataclass(frozen=True)
class Release:
    """One version of one fragment, as far as the search looks at it.

    `origin` tells people where it is from: `tree`, `path ../x`, `git URL`, `registry NAME`.
    `yanked` is the reason why nobody should take it any more, or None.
    `place` is where its description stands; each requirement has a place of its own.
    """

    name: str
    version: Version
    requires: tuple[Requirement, ...] = ()
    provides: tuple[str, ...] = ()
    default_of: tuple[str, ...] = ()
    conflicts: tuple[Requirement, ...] = ()
    config: tuple[Macro, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    kernel: Range | None = None
    kconfig: tuple[str, ...] = ()
    origin: str = "tree"
    yanked: str | None = None
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Universe(Protocol):
    """All that can be taken.  Reading it may raise TapsmithError; what it answers never changes."""

    def releases(self, name: str) -> Sequence[Release]:
        """Return the releases of a fragment, newest first, yanked ones included; none if it is unknown."""
        ...

    def providers(self, name: str) -> Sequence[str]:
        """Return the fragments of which a release provides the virtual name, sorted."""
        ...

    def names(self) -> Iterable[str]:
        """Return every name that can be asked for, virtual ones included: for what a message suggests."""
        ...


class MemoryUniverse:
    """A universe that is held in memory."""

    def __init__(self, releases: Iterable[Release]) -> None:
        self._releases: dict[str, list[Release]] = {}
        self._providers: dict[str, set[str]] = {}
        for release in releases:
            self._releases.setdefault(release.name, []).append(release)
            for virtual in release.provides:
                self._providers.setdefault(virtual, set()).add(release.name)
        for known in self._releases.values():
            known.sort(key=lambda release: release.version, reverse=True)

    def releases(self, name: str) -> Sequence[Release]:
        return self._releases.get(name, ())

    def providers(self, name: str) -> Sequence[str]:
        return sorted(self._providers.get(name, ()))

    def names(self) -> Iterable[str]:
        return self._releases.keys() | self._providers.keys()


def release_of(fragment: Fragment, origin: str = "tree") -> Release:
    """Return what the search needs of a fragment whose manifest has been read."""
    return Release(
        name=fragment.name,
        version=fragment.version,
        requires=fragment.requires,
        provides=fragment.provides,
        default_of=fragment.default_of,
        conflicts=fragment.conflicts,
        config=fragment.config,
        constraints=fragment.constraints,
        kernel=fragment.kernel,
        kconfig=fragment.kconfig,
        origin=origin,
        place=fragment.place,
    )


def universe_of(fragments: Mapping[str, Fragment]) -> MemoryUniverse:
    """Return the universe of a library: each fragment in the one version it has."""
    return MemoryUniverse(release_of(fragment) for fragment in fragments.values())
