"""Where fragments may come from, and which of it counts: the universe that a probe is resolved in.

A name comes from one layer: the first that knows it, as a fragment or as a
virtual name.  So nothing of a registry can stand in for what the project has
itself, and versions of two registries are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from tapsmith.diagnostics import fail
from tapsmith.manifest import Fragment, Origin
from tapsmith.packages.archive import unpack
from tapsmith.packages.binding import Bindings
from tapsmith.packages.content import fragment_digest
from tapsmith.packages.index import RegistryRelease
from tapsmith.packages.lock import Entry
from tapsmith.packages.registry import Registry
from tapsmith.packages.store import Store
from tapsmith.resolver.universe import MemoryUniverse, Release, Universe, release_of


class Layer(Universe, Protocol):
    """A universe that can also hand out what it has, and say how a lock names it."""

    def entry(self, release: Release) -> Entry:
        """Return how a lock names one of its releases."""
        ...

    def fragment(self, release: Release) -> Fragment:
        """Return the fragment of one of its releases; TapsmithError where it cannot be had."""
        ...


class Held(MemoryUniverse):
    """Fragments that lie in a directory: each in one version."""

    def __init__(self, fragments: Mapping[str, Fragment], told: str) -> None:
        super().__init__(release_of(fragment, told) for fragment in fragments.values())
        self._fragments = fragments

    def fragment(self, release: Release) -> Fragment:
        return self._fragments[release.name]

    def _hashed(self, release: Release) -> dict[str, str]:
        sha256 = fragment_digest(self._fragments[release.name])
        return {"version": str(release.version), "sha256": sha256}


class Tree(Held):
    """The fragments of the project, and those shipped with tapsmith, which are named in `shipped`."""

    def __init__(self, fragments: Mapping[str, Fragment], shipped: frozenset[str]) -> None:
        super().__init__(fragments, "tree")
        self._shipped = shipped

    def entry(self, release: Release) -> Entry:
        # The project's own are under version control with the lock: a hash would only make it stale.
        if release.name not in self._shipped:
            return Entry(release.name, "tree", {})
        return Entry(release.name, "shipped", self._hashed(release))


class Elsewhere(Held):
    """The fragments of a directory or git repository that a need names."""

    def __init__(self, fragments: Mapping[str, Fragment], origin: Origin, commit: str, store: Store) -> None:
        super().__init__(fragments, f"{origin.kind} {origin.at}")
        self._origin = origin
        self._commit = commit
        self._store = store

    def entry(self, release: Release) -> Entry:
        origin = self._origin
        where = {origin.kind: origin.at}
        if origin.kind == "git":
            rev = "rev" if origin.rev_kind == "commit" else origin.rev_kind
            where |= {rev: origin.rev, "commit": self._commit}
        return Entry(release.name, origin.kind, where | self._hashed(release))

    def fragment(self, release: Release) -> Fragment:
        """Return the fragment, once it is in the cache as well: the place may be gone at the next build."""
        found = super().fragment(release)
        self._store.keep(found)
        return found


class Registered:
    """The fragments of a registry; it is not even asked for names that `bind` gives to another one."""

    def __init__(self, registry: Registry, store: Store, bind: Bindings) -> None:
        self._registry = registry
        self._store = store
        self._bind = bind

    def releases(self, name: str) -> Sequence[Release]:
        return self._registry.releases(name) if self._has(name) else ()

    def providers(self, name: str) -> Sequence[str]:
        return self._registry.providers(name) if self._has(name) else ()

    def names(self) -> Iterable[str]:
        return filter(self._has, self._registry.names())

    def _has(self, name: str) -> bool:
        return self._bind.allows(name, self._registry.name)

    def entry(self, release: Release) -> Entry:
        assert isinstance(release, RegistryRelease)
        known = {"registry": release.registry, "version": str(release.version)}
        known |= {"archive": release.archive, "sha256": release.sha256}
        return Entry(release.name, "registry", known, release.place)

    def fragment(self, release: Release) -> Fragment:
        assert isinstance(release, RegistryRelease)
        return from_registry(self._registry, self._store, self.entry(release))


def from_registry(registry: Registry, store: Store, entry: Entry) -> Fragment:
    """Return the fragment that a lock's entry names, from the cache or else by way of it.

    TapsmithError: what reading the registry and unpacking raise.
    """
    found = store.get(entry.name, entry["sha256"])
    if found is None:
        data, place = registry.archive(entry["archive"], f"{entry.name} {entry['version']}", entry.place)
        found = store.put(entry.name, unpack(data, place), place)
        if fragment_digest(found) != entry["sha256"]:
            message = f"the archive of {found.name} {found.version} holds other files than its sha256 tells"
            raise fail("bad-archive", message, entry.place, "ask who publishes it")
    return found


class Layers:
    """All layers, the first one first, as one universe."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers
        self._owners: dict[str, tuple[Layer | None, bool]] = {}

    def releases(self, name: str) -> Sequence[Release]:
        layer, virtual = self._owner(name)
        return layer.releases(name) if layer and not virtual else ()

    def providers(self, name: str) -> Sequence[str]:
        if not self._owner(name)[1]:
            return ()
        known = ((other, layer) for layer in self._layers for other in layer.providers(name))
        # What an earlier layer has by the same name does not count as provider for what a later one says.
        return sorted({other for other, layer in known if self._owner(other) == (layer, False)})

    def names(self) -> Iterable[str]:
        return {name for layer in self._layers for name in layer.names()}

    def entry(self, release: Release) -> Entry:
        """Return how a lock names a release."""
        return self._layer(release).entry(release)

    def fragment(self, release: Release) -> Fragment:
        """Return the fragment of a release; TapsmithError where it cannot be had."""
        return self._layer(release).fragment(release)

    def _layer(self, release: Release) -> Layer:
        layer = self._owner(release.name)[0]
        assert layer is not None
        return layer

    def _owner(self, name: str) -> tuple[Layer | None, bool]:
        """Return the layer that a name comes from, and whether it is a virtual name there."""
        if name not in self._owners:
            found: tuple[Layer | None, bool] = (None, False)
            for layer in self._layers:
                if layer.releases(name) or layer.providers(name):
                    found = (layer, not layer.releases(name))
                    break
            self._owners[name] = found
        return self._owners[name]
