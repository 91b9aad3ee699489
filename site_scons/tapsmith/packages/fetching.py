"""Bringing all that locks name into the cache, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.document import Report
from tapsmith.library import Library
from tapsmith.packages.ahead import read_ahead
from tapsmith.packages.lock import Entry, Lock, kept
from tapsmith.packages.locked import StaleError, locked_fragment
from tapsmith.packages.sources import Sources
from tapsmith.parallel import each
from tapsmith.probe import Probe

ELSEWHERE = ("path", "git", "registry")
"""The origins of what is not in the tree."""


@dataclass(frozen=True)
class Fetched:
    """A fragment that a lock names; `was_there` tells that the cache had it before."""

    probe: Probe
    entry: Entry
    was_there: bool


def wanted(locks: Mapping[Probe, Lock]) -> tuple[tuple[Probe, Entry], ...]:
    """Return what locks name that is not in a tree, each content once, sorted by name."""
    found: dict[tuple[str, str], tuple[Probe, Entry]] = {}
    for probe, lock in locks.items():
        for entry in lock.entries.values():
            if entry.origin in ELSEWHERE:
                found.setdefault((entry.name, entry["sha256"]), (probe, entry))
    return tuple(found[key] for key in sorted(found))


def fetch(
    things: Iterable[tuple[Probe, Entry]], sources: Sources, tell: Callable[[Fetched], None]
) -> tuple[Fetched, ...]:
    """Bring fragments into the cache; `tell` hears of each, from several threads.

    TapsmithError with the problems of all that could not be had; the others are there then.
    """
    report = Report()

    def one(thing: tuple[Probe, Entry]) -> Fetched | TapsmithError:
        probe, entry = thing
        was_there = sources.store.get(entry.name, entry["sha256"]) is not None
        try:
            if not was_there:
                locked_fragment(probe, entry, sources)
        except StaleError as stale:
            mend = f"`tapsmith lock {probe.name}`, then fetch"
            return fail("lock-stale", f"the lock of {probe.label} is stale: {stale}", entry.place, mend)
        except TapsmithError as error:
            return error
        fetched = Fetched(probe, entry, was_there)
        tell(fetched)
        return fetched

    found = each(one, things)
    for made in found:
        if isinstance(made, TapsmithError):
            report.absorb(made)
    report.check()
    return tuple(made for made in found if isinstance(made, Fetched))


def fetch_index(probe: Probe, lock: Lock, tree: Library, sources: Sources) -> None:
    """Bring what resolving a probe and searching ask registries into the cache: both work offline then."""
    for registry in sources.registries(probe):
        registry.catalogue()
    layers = sources.layers(probe, tree, kept(lock)[1])
    read_ahead(layers, [need.name for need in probe.needs])
