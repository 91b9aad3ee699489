"""Who requires whom in a resolution, as edges; the ways along them, and why a virtual name is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tapsmith.library import Library
from tapsmith.manifest import Fragment, Requirement
from tapsmith.resolution import Resolution

DEFAULT = "the default provider"
CHOSEN = "chosen by the probe"
ONLY = "the only provider"


@dataclass(frozen=True)
class Edge:
    """`by` (a fragment, or the probe by its label) requires fragment `to`.

    Where `requirement` names a virtual name, `choice` says why it is this fragment: one of DEFAULT,
    CHOSEN, ONLY; `providers` are all that provide it.
    """

    by: str
    to: str
    requirement: Requirement
    choice: str | None = None
    providers: tuple[str, ...] = ()

    @property
    def when(self) -> Mapping[str, str]:
        """The values that had to hold for it to count, by macro."""
        return {setting.macro: setting.value.text for setting in self.requirement.when}


@dataclass(frozen=True)
class Dependencies:
    """The edges of a resolution: of each part in the order of its file, the probe's first.

    `origins` tells of each fragment that is not in the tree where it comes from.
    """

    resolution: Resolution
    edges: tuple[Edge, ...]
    origins: Mapping[str, str]

    def of(self, part: str) -> tuple[Edge, ...]:
        """Return what a part requires: a fragment by its name, or the probe by its label."""
        return tuple(edge for edge in self.edges if edge.by == part)

    def fragment(self, name: str) -> Fragment:
        """Return a fragment that is in."""
        return next(fragment for fragment in self.resolution.fragments if fragment.name == name)

    def ways(self, name: str) -> Iterator[tuple[Edge, ...]]:
        """Give every shortest way from the probe to fragment `name`; none if it is not in."""
        distance = self._distances()

        def back(to: str) -> Iterator[tuple[Edge, ...]]:
            if not distance[to]:
                yield ()
                return
            for edge in self.edges:
                if edge.to == to and distance[edge.by] == distance[to] - 1:
                    yield from ((*way, edge) for way in back(edge.by))

        if name in distance:
            yield from back(name)

    def _distances(self) -> Mapping[str, int]:
        """Return how many edges lead from the probe to each part, at the least."""
        found = {self.resolution.probe.label: 0}
        todo = list(found)
        for part in todo:
            for edge in self.of(part):
                if edge.to not in found:
                    found[edge.to] = found[part] + 1
                    todo.append(edge.to)
        return found


def dependencies(
    resolution: Resolution, library: Library, origins: Mapping[str, str] = MappingProxyType({})
) -> Dependencies:
    """Return who requires whom; conditional requirements that do not hold are left out."""
    probe = resolution.probe
    parts = [(probe.label, probe.needs), *((f.name, f.requires) for f in resolution.fragments)]
    edges = (edge for by, asked in parts for edge in _edges(resolution, library, by, asked))
    return Dependencies(resolution, tuple(edges), origins)


def _edges(resolution: Resolution, library: Library, by: str, asked: Iterable[Requirement]) -> Iterator[Edge]:
    answers = {r.place: r.name for requests in resolution.reached.values() for r in requests if r.by == by}
    for requirement in asked:
        to = answers.get(requirement.place)
        if to is None:
            continue
        if to == requirement.name:
            yield Edge(by, to, requirement)
        else:
            providers = tuple(fragment.name for fragment in library.providers(requirement.name))
            choice = _choice(resolution, library, requirement.name, to, providers)
            yield Edge(by, to, requirement, choice, providers)


def _choice(
    resolution: Resolution, library: Library, virtual: str, to: str, providers: tuple[str, ...]
) -> str:
    if providers == (to,):
        return ONLY
    return CHOSEN if to in {need.name for need in resolution.probe.needs} else DEFAULT
