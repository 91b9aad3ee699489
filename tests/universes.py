"""Small universes for the resolver: strategies that make them, and all the answers they have.

The answers are found by trying every choice of versions and providers, with
rules written down once more, apart from the resolver's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import strategies as st

from tapsmith.diagnostics import Place
from tapsmith.document import Scalar
from tapsmith.limits import Limits
from tapsmith.macro import Constraint, Macro, Setting
from tapsmith.manifest import Requirement
from tapsmith.resolver.encoding import Wish
from tapsmith.resolver.universe import Release
from tapsmith.versions import Range, Version

NAMES = ("a", "b", "c", "d")
VIRTUAL = "v"
VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
RANGES = ("*", "^1", "^2", ">=1.1", "=1.0.0", "<2", "^3")
HERE = Place(Path("universe"))


def requirement(name: str, text: str = "*", size: int | None = None) -> Requirement:
    """Return a requirement, where `size` is given on condition that SIZE has this value."""
    when = () if size is None else (Setting("SIZE", Scalar(str(size), True, HERE), HERE),)
    return Requirement(name, Range.parse(text), when, HERE)


def size(default: int) -> Macro:
    """Return the macro SIZE."""
    return Macro("SIZE", "int", default, Limits(0, 9), "", HERE)


@st.composite
def releases(draw: st.DrawFn) -> tuple[Release, ...]:
    """Make up to four fragments of up to three versions: cycles, conflicts, virtual names, conditions."""
    found = []
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        for version in draw(st.sets(st.sampled_from(VERSIONS), min_size=1)):
            found.append(draw(_release(name, version)))
    return tuple(found)


@st.composite
def _release(draw: st.DrawFn, name: str, version: str) -> Release:
    others = st.sampled_from([*NAMES, VIRTUAL])
    own = draw(st.booleans())
    conditions = st.sampled_from([None, 4, 5]) if own else st.none()
    requires = draw(st.lists(st.builds(requirement, others, st.sampled_from(RANGES), conditions), max_size=2))
    conflicts = draw(st.lists(st.builds(requirement, others, st.sampled_from(RANGES)), max_size=1))
    provides = (VIRTUAL,) if draw(st.integers(0, 3)) == 0 else ()
    return Release(
        name=name,
        version=Version.parse(version),
        # Of a virtual name only the whole can be wanted.
        requires=tuple(r for r in requires if r.name != VIRTUAL or r.range.any),
        conflicts=tuple(r for r in conflicts if r.name != VIRTUAL or r.range.any),
        provides=provides,
        default_of=provides if draw(st.booleans()) else (),
        config=(size(draw(st.sampled_from([4, 5]))),) if own else (),
        yanked=draw(st.sampled_from([None, None, None, "it crashes"])),
    )


@st.composite
def bound_releases(draw: st.DrawFn) -> tuple[Release, ...]:
    """Make a universe in which `a` has a macro MODE, on which requirements and constraints of others hang."""
    found = []
    for release in draw(releases()):
        if release.name == "a":
            macro = Macro(
                "MODE", "int", draw(st.integers(0, 3)), Limits(0, draw(st.integers(3, 9))), "", HERE
            )
            found.append(replace(release, config=(*release.config, macro)))
            continue
        extra: tuple[Requirement, ...] = ()
        if draw(st.booleans()):
            when = (Setting("MODE", Scalar(str(draw(st.integers(0, 3))), True, HERE), HERE),)
            extra = (replace(requirement(draw(st.sampled_from(NAMES[1:]))), when=when), requirement("a"))
        low = draw(st.integers(0, 3))
        limits = Constraint("MODE", Limits(low, low + draw(st.integers(0, 3))), HERE)
        constraints = (limits,) if draw(st.booleans()) else ()
        found.append(replace(release, requires=(*release.requires, *extra), constraints=constraints))
    return tuple(found)


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """Make a wish for one to three fragments, with a value for MODE or without."""
    names = draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=3))
    needs = tuple(requirement(name, draw(st.sampled_from(RANGES))) for name in sorted(names))
    virtual = [requirement(VIRTUAL)] if draw(st.booleans()) else []
    mode = Setting("MODE", Scalar(str(draw(st.integers(0, 4))), True, HERE), HERE)
    return Wish("p", (*needs, *virtual), (mode,) if draw(st.booleans()) else ())


@dataclass(frozen=True)
class Whole:
    """One answer: releases by name, and who stands for the virtual name if anything asks for it."""

    picks: Mapping[str, Release]
    provider: str | None


def answers(wish: Wish, universe: tuple[Release, ...]) -> Iterator[Whole]:
    """Yield every answer there is."""
    usable = [release for release in universe if release.yanked is None]
    names = sorted({release.name for release in usable})
    choices = [[None, *(release for release in usable if release.name == name)] for name in names]
    for chosen in itertools.product(*choices):
        picks = {release.name: release for release in chosen if release is not None}
        for provider in [None, *(name for name in picks if VIRTUAL in picks[name].provides)]:
            if _is_answer(wish, picks, provider):
                yield Whole(picks, provider)


def counting(release: Release, wish: Wish, picks: Mapping[str, Release]) -> list[Requirement]:
    """Return the requirements of a release whose conditions hold: SIZE is its own macro, MODE that of `a`."""
    values = {("SIZE", value) for value in _values(release, wish, "SIZE")}
    values |= {("MODE", value) for r in picks.values() for value in _values(r, wish, "MODE")}
    return [r for r in release.requires if all((s.macro, int(s.value.text)) in values for s in r.when)]


def _values(release: Release, wish: Wish, name: str) -> list[int]:
    given = [int(setting.value.text) for setting in wish.config if setting.macro == name]
    return [(given or [int(macro.default)])[0] for macro in release.config if macro.name == name]


def _objects(wish: Wish, picks: Mapping[str, Release]) -> bool:
    """Tell whether a release does not take a value."""
    limits = [c.limits for release in picks.values() for c in release.constraints]
    for release in picks.values():
        for macro in release.config:
            held = [macro.limits, *(limits if macro.name == "MODE" else [])]
            if any(known.objection(value) for known in held for value in _values(release, wish, macro.name)):
                return True
    return False


def _is_answer(wish: Wish, picks: Mapping[str, Release], provider: str | None) -> bool:
    edges: dict[str, list[str]] = {}
    asked = False
    required = ((r.name, counting(r, wish, picks)) for r in picks.values())
    for name, wanted in [("", list(wish.needs)), *required]:
        edges[name] = []
        for requirement in wanted:
            known = provider if requirement.name == VIRTUAL else requirement.name
            asked |= requirement.name == VIRTUAL
            if known is None or known not in picks:
                return False
            if requirement.name != VIRTUAL and not requirement.range.contains(picks[known].version):
                return False
            edges[name].append(known)
    if asked != (provider is not None) or _reached(edges) != {"", *picks}:
        return False
    return not (_has_cycle(edges) or _has_conflict(picks) or _objects(wish, picks))


def _reached(edges: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    todo = [""]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += edges[name]
    return found


def _has_cycle(edges: Mapping[str, list[str]]) -> bool:
    left = dict(edges)
    while left:
        ends = [name for name, others in left.items() if not any(other in left for other in others)]
        if not ends:
            return True
        for name in ends:
            del left[name]
    return False


def _has_conflict(picks: Mapping[str, Release]) -> bool:
    for release, other in itertools.permutations(picks.values(), 2):
        for conflict in release.conflicts:
            if other.name == conflict.name and conflict.range.contains(other.version):
                return True
            if conflict.name in other.provides:
                return True
    return False
