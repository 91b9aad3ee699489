"""The question in clauses: what is loaded so far, as the solver is told it.

A fragment's releases are loaded when something reaches it, so a registry of
thousands is not read for a probe that needs ten.  What is not loaded is
free: the clauses say less than the whole truth, never anything false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.macro import Setting
from tapsmith.manifest import Requirement
from tapsmith.resolver.claims import Absent, Cycle, Need, Requires
from tapsmith.resolver.clauses import Clauses
from tapsmith.resolver.cycles import find_cycle
from tapsmith.resolver.exclusions import Exclusions
from tapsmith.resolver.macros import Macros
from tapsmith.resolver.universe import Release, Universe
from tapsmith.versions import Range, Version


@dataclass(frozen=True)
class Wish:
    """What a probe asks for.  `label` is how messages call it; `config` the values it sets."""

    label: str
    needs: tuple[Requirement, ...]
    config: tuple[Setting, ...] = ()


Requirements = tuple[Requirement, list[Setting]]
"""A requirement that may count, and the conditions on which it does that are still open."""


class Encoding(Clauses):
    """The clauses for a wish.  `usable` holds the releases of each name that is loaded, newest first."""

    def __init__(self, wish: Wish, universe: Universe, prefer: Mapping[str, Version]) -> None:
        super().__init__()
        self.wish = wish
        self.usable: dict[str, Sequence[Release]] = {}
        self.macros = Macros(self, wish.label, wish.config)
        self._exclusions = Exclusions(self)
        self._universe = universe
        self._prefer = prefer
        self._requirements: dict[int, tuple[Requirements, ...]] = {}
        self._ranges: dict[str, dict[str, Range]] = {}
        self._virtuals: set[str] = set()
        self._acyclic_until = 0
        self._acyclic = False
        for need in in_order(wish.needs):
            self.add([self.wants(need)], Need(need, wish.label))

    # What the search asks.

    def requirements(self, release: Release) -> tuple[Requirements, ...]:
        """Return what a loaded release may require."""
        return self._requirements[id(release)]

    def is_virtual(self, name: str) -> bool:
        """Tell whether a loaded name is a virtual one."""
        return not self.usable[name] and bool(self._universe.providers(name))

    def providers(self, virtual: str) -> Sequence[str]:
        """Return who provides a virtual name, sorted."""
        return self._universe.providers(virtual)

    def unloaded(self) -> Mapping[str, list[int]]:
        """Return what is named but not loaded, each with the variables that are true if it is wanted."""
        named = self._ranges.keys() - self.usable.keys()
        found = {name: [self.number("wants", name, text) for text in self._ranges[name]] for name in named}
        for virtual in self._virtuals:
            for name in self.providers(virtual):
                if name not in self.usable:
                    found.setdefault(name, []).append(self.offers(name, virtual))
        return found

    @property
    def is_acyclic(self) -> bool:
        """Whether no choice of loaded releases can have a cycle."""
        if self._acyclic_until != len(self.usable):
            self._acyclic_until = len(self.usable)
            self._acyclic = find_cycle(self._edges()) is None
        return self._acyclic

    def _edges(self) -> Mapping[str, set[str]]:
        """Return what each loaded fragment requires in any of its releases."""
        edges = {}
        for name, releases in self.usable.items():
            wanted = {requirement.name for r in releases for requirement, _ in self.requirements(r)}
            edges[name] = wanted | set(self.providers(name) if self.is_virtual(name) else ())
        return edges

    # What the search adds.

    def load(self, name: str) -> None:
        """Tell the solver what is known of a name; nothing if it has been told."""
        if name in self.usable:
            return
        releases = self._universe.releases(name)
        self.usable[name] = usable = [release for release in releases if self._is_usable(release)]
        for release in usable:
            self.introduce(release)
            self._requirements[id(release)] = tuple(self._counting(release))
        self.at_most_one([self.chosen(release) for release in usable])
        for wanted in self._ranges.get(name, {}).values():
            self._define(name, wanted)
        claims: dict[tuple[object, ...], Requires] = {}
        for release in usable:
            for requirement, others in self.requirements(release):
                self._require(release, requirement, others, claims)
            self._exclusions.load(release)
            self.macros.load(release)
        for virtual in sorted({virtual for release in releases for virtual in release.provides}):
            offering = [self.chosen(release) for release in usable if virtual in release.provides]
            self.add([-self.offers(name, virtual), *offering])

    def forbid(self, cycle: Sequence[str]) -> None:
        """Tell the solver that these fragments, each requiring the next and the last the first, do not go."""
        edges = []
        places: list[Place] = []
        for name, other in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            edge = self.number("edge", name, other)
            edges.append(-edge)
            before = len(places)
            for release in self.usable[name]:
                for requirement, others in self.requirements(release):
                    guard = [-self.chosen(release), *(-self.holds(setting) for setting in others)]
                    if requirement.name == other:
                        self.add([*guard, edge])
                    elif other in self._universe.providers(requirement.name):
                        self.add([*guard, -self.offers(other, requirement.name), edge])
                    else:
                        continue
                    places.append(requirement.place)
            del places[before + 1 :]
        self.add(edges, Cycle(tuple(cycle), tuple(places)))

    # How.

    def wants(self, requirement: Requirement) -> int:
        """Return the variable for "something in the requirement's range is chosen"."""
        name, text = requirement.name, requirement.range.text
        ranges = self._ranges.setdefault(name, {})
        if text not in ranges:
            ranges[text] = requirement.range
            if name in self.usable:
                self._define(name, requirement.range)
        return self.number("wants", name, text)

    def _is_usable(self, release: Release) -> bool:
        return release.yanked is None or self._prefer.get(release.name) == release.version

    def _define(self, name: str, wanted: Range) -> None:
        """Say what a range of a loaded name comes to."""
        literal = -self.number("wants", name, wanted.text)
        if self.is_virtual(name) and wanted.any:
            self._virtuals.add(name)
            self.add([literal, *(self.offers(provider, name) for provider in self.providers(name))])
            return
        inside = [self.chosen(release) for release in self.usable[name] if wanted.contains(release.version)]
        self.add([literal, *inside], None if inside else self._absent(name, wanted))

    def _absent(self, name: str, wanted: Range) -> Absent:
        """Return the claim that nothing usable is in a range, and why."""
        releases = self._universe.releases(name)
        if self.is_virtual(name):
            why, mend = "it is a virtual name, which has no versions", f'write `{name}: "*"`'
        elif not releases:
            hint = did_you_mean(name, self._universe.names())
            why, mend = "nothing is known by that name", hint or f"leave {name} out"
        else:
            there = ", ".join(str(release.version) for release in releases[:8])
            why = f"known are {there}{' and older ones' if len(releases) > 8 else ''}"
            mend = f"widen the range of {name}"
        for release in releases:
            if release.yanked is not None and wanted.contains(release.version):
                why = f"{release} has been yanked ({release.yanked or 'no reason is given'})"
        return Absent(name, wanted.text, why, mend)

    def _counting(self, release: Release) -> Iterator[Requirements]:
        """Yield the requirements that may count, with the conditions still open."""
        for requirement in in_order(release.requires):
            others = self.macros.conditions(release, requirement)
            if others is not None:
                yield requirement, others

    def _require(
        self,
        release: Release,
        requirement: Requirement,
        others: Sequence[Setting],
        claims: dict[tuple[object, ...], Requires],
    ) -> None:
        """Say what a release requires; releases that require the same share a claim."""
        for setting in others:
            self.macros.ask(setting)
        key = _key(requirement)
        claim = claims.get(key)
        if claim is None:
            claim = claims[key] = Requires(requirement)
        claim.releases.append(release)
        guard = [-self.chosen(release), *(-self.holds(setting) for setting in others)]
        self.add([*guard, self.wants(requirement)], claim)


def in_order(requirements: Sequence[Requirement]) -> Sequence[Requirement]:
    """Return requirements in an order that does not hang on how they were written down."""
    if len(requirements) < 2:
        return requirements
    return sorted(requirements, key=_key)


def _key(requirement: Requirement) -> tuple[object, ...]:
    when: tuple[tuple[str, str], ...] = ()
    if requirement.when:
        when = tuple((setting.macro, setting.value.text) for setting in requirement.when)
    return (requirement.name, requirement.range.text, when)
