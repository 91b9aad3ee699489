"""The question in clauses: what is loaded so far, as the solver is told it.

A variable stands for "this release is chosen", "something in this range is",
"this condition holds".  A fragment's releases are loaded when something
reaches it, so a registry of thousands is not read for a probe that needs
ten.  What is not loaded is free: the clauses say less than the whole truth,
never anything false, and clauses are only ever added.

Each clause that is not plain logic comes from a claim: see `claims`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tapsmith.diagnostics import did_you_mean
from tapsmith.limits import MacroValue
from tapsmith.macro import Constraint, Macro, Setting
from tapsmith.manifest import Requirement
from tapsmith.resolver import macros
from tapsmith.resolver.claims import Absent, Claim, Conflicts, Cycle, Need, Requires
from tapsmith.resolver.cycles import find_cycle
from tapsmith.resolver.universe import Release, Universe
from tapsmith.versions import Range, Version


@dataclass(frozen=True)
class Wish:
    """What a probe asks for.  `label` is how messages call it; `config` the values it sets."""

    label: str
    needs: tuple[Requirement, ...]
    config: tuple[Setting, ...] = ()


Clause = tuple[int, ...]
Requirements = tuple[Requirement, list[Setting]]


class Encoding:
    """The clauses for a wish.

    `clauses` grows, with the claim that each comes from (None: plain logic).  `usable` holds the releases of
    each name that is loaded, newest first, `releases` those by the variable for "it is chosen".
    """

    def __init__(self, wish: Wish, universe: Universe, prefer: Mapping[str, Version]) -> None:
        self.wish = wish
        self.clauses: list[tuple[Clause, Claim | None]] = []
        self.usable: dict[str, Sequence[Release]] = {}
        self.releases: dict[int, Release] = {}
        self._chosen: dict[int, int] = {}
        self._requirements: dict[int, tuple[Requirements, ...]] = {}
        self._universe = universe
        self._prefer = prefer
        self._settings = {setting.macro: setting for setting in wish.config}
        self._numbers: dict[Hashable, int] = {}
        self._ranges: dict[str, dict[str, Range]] = {}
        self._hits: dict[str, list[tuple[str, Range, int]]] = {}
        self._virtuals: set[str] = set()
        self._acyclic_until = 0
        self._acyclic = False
        self._conditions: dict[str, dict[str, Setting]] = {}
        self._definers: dict[str, list[tuple[Release, Macro]]] = {}
        self._constraints: dict[str, list[tuple[Release, Constraint]]] = {}
        for need in in_order(wish.needs):
            self._add([self.wants(need)], Need(wish.label, need))

    # What the search asks.

    def number(self, *key: Hashable) -> int:
        """Return the variable of a key; a new one for a new key."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def chosen(self, release: Release) -> int:
        """Return the variable for "this release is chosen"."""
        # By identity: the releases of a name are read once, and comparing them takes long.
        return self._chosen[id(release)]

    def offers(self, provider: str, virtual: str) -> int:
        """Return the variable for "this fragment is to be there as that virtual name"."""
        return self.number("offers", provider, virtual)

    def requirements(self, release: Release) -> tuple[Requirements, ...]:
        """Return the requirements of a loaded release that may count, with the conditions still open."""
        return self._requirements[id(release)]

    def holds(self, setting: Setting) -> int:
        """Return the variable for "this macro has this value"."""
        return self.number("holds", setting.macro, setting.value.text)

    def is_virtual(self, name: str) -> bool:
        """Tell whether a loaded name is a virtual one."""
        return not self.usable[name] and bool(self._universe.providers(name))

    def providers(self, virtual: str) -> Sequence[str]:
        """Return who provides a virtual name, sorted."""
        return self._universe.providers(virtual)

    def _conditions_of(self, release: Release, requirement: Requirement) -> list[Setting] | None:
        """Return what has to hold for a requirement to count, or None if it never does.

        Conditions on the fragment's own macros are decided here, those on macros of others by what is chosen.
        """
        own = {macro.name: macro for macro in release.config}
        others = []
        for setting in requirement.when:
            macro = own.get(setting.macro)
            if macro is None:
                others.append(setting)
            elif self.value(macro) != macros.parsed(macro, setting):
                return None
        return others

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
        self.usable[name] = [release for release in self._universe.releases(name) if self._is_usable(release)]
        for release in self.usable[name]:
            variable = self.number("chosen", id(release))
            self._chosen[id(release)] = variable
            self.releases[variable] = release
            self._requirements[id(release)] = tuple(self._counting(release))
        self._at_most_one([self.chosen(release) for release in self.usable[name]])
        for wanted in self._ranges.get(name, {}).values():
            self._define(name, wanted)
        groups: dict[Hashable, Requires | Conflicts] = {}
        for release in self.usable[name]:
            for requirement, others in self.requirements(release):
                self._require(release, requirement, others, groups)
            for conflict in in_order(release.conflicts):
                self._exclude(release, conflict, groups)
            self._add_macros(release)
            self._add_hits(release, release.name)
            for virtual in release.provides:
                self._add_hits(release, virtual)
        for virtual in sorted(
            {virtual for release in self._universe.releases(name) for virtual in release.provides}
        ):
            offering = [self.chosen(release) for release in self.usable[name] if virtual in release.provides]
            self._add([-self.offers(name, virtual), *offering], None)

    def forbid(self, cycle: Sequence[str]) -> None:
        """Tell the solver that these fragments, each requiring the next and the last the first, do not go."""
        edges = []
        for name, other in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            edge = self.number("edge", name, other)
            edges.append(-edge)
            for release in self.usable[name]:
                for requirement, others in self.requirements(release):
                    guard = [-self.chosen(release), *(-self.holds(setting) for setting in others)]
                    if requirement.name == other:
                        self._add([*guard, edge], None)
                    elif other in self._universe.providers(requirement.name):
                        self._add([*guard, -self.offers(other, requirement.name), edge], None)
        self._add(edges, Cycle(tuple(cycle)))

    def one_of(self, literals: Sequence[int]) -> int:
        """Return a variable that may be true only if one of these is."""
        variable = self.number("one of", len(self.clauses))
        self._add([-variable, *literals], None)
        return variable

    def require(self, literal: int, claim: Claim | None = None) -> None:
        """Tell the solver that this is so."""
        self._add([literal], claim)

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

    def _add(self, literals: Sequence[int], claim: Claim | None) -> None:
        self.clauses.append((tuple(literals), claim))

    def _is_usable(self, release: Release) -> bool:
        return release.yanked is None or self._prefer.get(release.name) == release.version

    def _define(self, name: str, wanted: Range) -> None:
        """Say what a range of a loaded name comes to."""
        literal = -self.number("wants", name, wanted.text)
        if self.is_virtual(name) and wanted.any:
            self._virtuals.add(name)
            self._add([literal, *(self.offers(provider, name) for provider in self.providers(name))], None)
            return
        inside = [self.chosen(release) for release in self.usable[name] if wanted.contains(release.version)]
        self._add([literal, *inside], None if inside else self._absent(name, wanted))

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

    def _at_most_one(self, literals: Sequence[int]) -> None:
        """Say that one of them at most is true, with a chain of variables "one up to here is"."""
        before = 0
        for i, literal in enumerate(literals):
            if before:
                self._add([-before, -literal], None)
            if i + 1 < len(literals):
                here = self.number("up to", literal)
                self._add([-literal, here], None)
                if before:
                    self._add([-before, here], None)
                before = here

    def _counting(self, release: Release) -> Iterator[Requirements]:
        """Yield the requirements that may count, with the conditions still open."""
        for requirement in in_order(release.requires):
            others = self._conditions_of(release, requirement)
            if others is not None:
                yield requirement, others

    def _require(
        self,
        release: Release,
        requirement: Requirement,
        others: Sequence[Setting],
        groups: dict[Hashable, Requires | Conflicts],
    ) -> None:
        for setting in others:
            self._add_condition(setting)
        conditions = tuple((setting.macro, setting.value.text) for setting in requirement.when)
        key = ("requires", requirement.name, requirement.range.text, conditions)
        claim = groups.setdefault(key, Requires(requirement))
        assert isinstance(claim, Requires)
        claim.releases.append(release)
        guard = [-self.chosen(release), *(-self.holds(setting) for setting in others)]
        self._add([*guard, self.wants(requirement)], claim)

    def _exclude(
        self, release: Release, conflict: Requirement, groups: dict[Hashable, Requires | Conflicts]
    ) -> None:
        key = ("conflicts", conflict.name, conflict.range.text)
        hit = self.number("hit", release.name, conflict.name, conflict.range.text)
        if key not in groups:
            groups[key] = Conflicts(conflict)
            self._hits.setdefault(conflict.name, []).append((release.name, conflict.range, hit))
            self._hit_loaded(release.name, conflict, hit)
        claim = groups[key]
        assert isinstance(claim, Conflicts)
        claim.releases.append(release)
        self._add([-self.chosen(release), -hit], claim)

    def _hit_loaded(self, owner: str, conflict: Requirement, hit: int) -> None:
        """Say which releases that are loaded already are hit by a conflict."""
        for name in dict.fromkeys([conflict.name, *self.providers(conflict.name)]):
            for release in self.usable.get(name, ()):
                if name == conflict.name or conflict.name in release.provides:
                    self._hit(release, conflict.name, owner, conflict.range, hit)

    def _add_hits(self, release: Release, name: str) -> None:
        """Say which conflicts with `name`, its own or a virtual one, hit a release that is being loaded."""
        for owner, wanted, hit in self._hits.get(name, ()):
            self._hit(release, name, owner, wanted, hit)

    def _hit(self, release: Release, name: str, owner: str, wanted: Range, hit: int) -> None:
        # A fragment that provides what it conflicts with wants to be the only one.
        if release.name != owner and (release.name != name or wanted.contains(release.version)):
            self._add([-self.chosen(release), hit], None)

    def value(self, macro: Macro) -> MacroValue | None:
        return macros.value(macro, self._settings.get(macro.name))

    def _add_condition(self, setting: Setting) -> None:
        """Say which loaded releases make a condition hold that is asked for the first time."""
        known = self._conditions.setdefault(setting.macro, {})
        if setting.value.text not in known:
            known[setting.value.text] = setting
            for release, macro in self._definers.get(setting.macro, ()):
                self._add_holds(release, macro, setting)

    def _add_holds(self, release: Release, macro: Macro, setting: Setting) -> None:
        if self.value(macro) == macros.parsed(macro, setting):
            self._add([-self.chosen(release), self.holds(setting)], None)

    def _add_macros(self, release: Release) -> None:
        """Say what a release's macros make true, and what it and others object to."""
        for macro in release.config:
            self._definers.setdefault(macro.name, []).append((release, macro))
            for setting in self._conditions.get(macro.name, {}).values():
                self._add_holds(release, macro, setting)
            given = self._settings.get(macro.name)
            if objection := macros.objection(release, macro, given, self.wish.label):
                self._add([-self.chosen(release)], objection)
            for other, constraint in self._constraints.get(macro.name, ()):
                self._constrain(other, constraint, release, macro)
        for constraint in release.constraints:
            self._constraints.setdefault(constraint.macro, []).append((release, constraint))
            for other, macro in self._definers.get(constraint.macro, ()):
                self._constrain(release, constraint, other, macro)

    def _constrain(self, release: Release, constraint: Constraint, owner: Release, macro: Macro) -> None:
        given = self._settings.get(macro.name)
        claim = macros.violation(release, constraint, owner, macro, given, self.wish.label)
        if claim:
            self._add([-self.chosen(release), -self.chosen(owner)], claim)


def in_order(requirements: Sequence[Requirement]) -> Sequence[Requirement]:
    """Return requirements in an order that does not hang on how they were written down."""
    if len(requirements) < 2:
        return requirements
    return sorted(
        requirements, key=lambda r: (r.name, r.range.text, [(s.macro, s.value.text) for s in r.when])
    )
