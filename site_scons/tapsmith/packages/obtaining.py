"""From a probe to its resolution: by its lock where that holds, else afresh.

With a lock that holds, what is in the cache is used: nothing is searched,
nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.library import Library
from tapsmith.manifest import Fragment
from tapsmith.packages.ahead import read_ahead
from tapsmith.packages.layers import Layers
from tapsmith.packages.lock import Lock, kept
from tapsmith.packages.lock_file import LOCK_FILE, read_lock
from tapsmith.packages.locked import StaleError, check_current, locked_fragments
from tapsmith.packages.ownership import check_owners
from tapsmith.packages.sources import Pins, Sources
from tapsmith.packages.strangers import STRANGERS, check_reads
from tapsmith.parallel import each
from tapsmith.probe import Probe
from tapsmith.resolution import Resolution, resolve
from tapsmith.resolver.encoding import Wish
from tapsmith.resolver.universe import Release
from tapsmith.versions import Version

if TYPE_CHECKING:
    from tapsmith.resolver.search import Answer


@dataclass(frozen=True)
class Obtained:
    """A resolution and the library it is of, and what is to be said of the lock, if anything.

    `origins` tells of each fragment that is not in the tree where it comes from, as Release.origin
    does, and `hashes` the SHA-256 of its files, as a lock has it.
    """

    resolution: Resolution
    library: Library
    notice: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """What a search found: the releases, who stands for virtual names, and where all is from."""

    obtained: Obtained
    picks: Mapping[str, Release]
    providers: Mapping[str, str]
    layers: Layers


def obtain(probe: Probe, tree: Library, sources: Sources, frozen: bool = False) -> Obtained:
    """Return the resolution of a probe by its lock, or afresh if it has none that holds.

    `tree` are the fragments of the project and the shipped ones.  TapsmithError: all that stands
    against building the probe; with `frozen` also `lock-missing` and `lock-stale`.
    """
    path = probe.directory / LOCK_FILE
    lock = read_lock(path)
    if lock is None:
        why = f"{probe.label} has no lock"
        if frozen:
            mend = f"`tapsmith lock {probe.name}` writes it, then commit it"
            raise fail("lock-missing", why, Place(path), mend)
        return replace(afresh(probe, tree, sources), notice=f"{why}: `tapsmith lock {probe.name}` writes it")
    try:
        return by_lock(probe, lock, tree, sources)
    except StaleError as stale:
        why = f"the lock of {probe.label} is stale: {stale}"
    if frozen:
        raise fail("lock-stale", why, Place(path), f"`tapsmith lock {probe.name}`, then commit it")
    notice = f"{why}; `tapsmith lock {probe.name}` mends it"
    return replace(afresh(probe, tree, sources, lock), notice=notice)


def by_lock(probe: Probe, lock: Lock, tree: Library, sources: Sources) -> Obtained:
    """Return the resolution that a lock tells of.

    Raises StaleError where that does not hold any more, and TapsmithError where what it names
    cannot be had.
    """
    check_current(lock, probe)
    others = locked_fragments(probe, lock, tree, sources)
    check_reads(others[name] for name in others if lock.entries[name].origin in STRANGERS)
    try:
        library = tree.joined(others, _held(lock, tree, others))
        resolution = resolve(probe, library)
    except TapsmithError as error:
        # A fragment of the tree may have changed; if it is not that, resolving afresh tells all of it.
        raise StaleError(error.problems[0].message) from None
    found = {fragment.name for fragment in resolution.fragments}
    if found - lock.entries.keys():
        raise StaleError(f"`{min(found - lock.entries.keys())}` is required as well now")
    if lock.entries.keys() - found:
        raise StaleError(f"`{min(lock.entries.keys() - found)}` is not required any more")
    origins = {name: lock.entries[name].told for name in others}
    hashes = {name: lock.entries[name]["sha256"] for name in others}
    return Obtained(resolution, library, origins=MappingProxyType(origins), hashes=MappingProxyType(hashes))


def afresh(probe: Probe, tree: Library, sources: Sources, lock: Lock | None = None) -> Obtained:
    """Return the resolution that a new lock of a probe would tell of; TapsmithError if there is none.

    `lock` is an older one, of which is kept what goes.
    """
    if sources.is_elsewhere(probe):
        return choose(probe, tree, sources, *kept(lock), lock).obtained
    try:
        return Obtained(resolve(probe, tree), tree)
    except TapsmithError as error:
        # Who stands for a virtual name is for the search to say.
        if set(error.codes) != {"ambiguous-provider"}:
            raise
    return choose(probe, tree, sources).obtained


def choose(
    probe: Probe,
    tree: Library,
    sources: Sources,
    prefer: Mapping[str, Version] = MappingProxyType({}),
    pins: Pins = MappingProxyType({}),
    lock: Lock | None = None,
) -> Chosen:
    """Search the fragments of a probe; `prefer` and `pins` are what to keep, `lock` who had which name.

    TapsmithError: what keeps sources from being read, why there is no answer, and what is wrong with it;
    `registry-changed` where a name has gone over to another registry than the lock's.
    """
    layers = sources.layers(probe, tree, pins)
    if sources.is_remote(probe):
        read_ahead(layers, [need.name for need in probe.needs])
    answer = _answer(probe, sources, layers, prefer, lock or Lock({}, {}, {}, {}))
    taken = {name: release for name, release in answer.picks.items() if name not in tree.fragments}
    others = dict(zip(taken, each(layers.fragment, taken.values()), strict=True))
    check_reads(others[name] for name in others if taken[name].origin.split()[0] in STRANGERS)
    providers = {choice.virtual: choice.provider for choice in answer.choices}
    library = tree.joined(others, providers)
    origins = MappingProxyType({name: answer.picks[name].origin for name in others})
    hashes = MappingProxyType({name: layers.entry(answer.picks[name])["sha256"] for name in others})
    obtained = Obtained(resolve(probe, library), library, origins=origins, hashes=hashes)
    return Chosen(obtained, answer.picks, providers, layers)


def _answer(
    probe: Probe, sources: Sources, layers: Layers, prefer: Mapping[str, Version], lock: Lock
) -> Answer:
    """Return the solver's answer, unless a name in it has gone over to another registry."""
    # Here, since a build by a lock needs no solver, and its import takes a while.
    from tapsmith.resolver.search import solve

    project = sources.project(probe)
    try:
        answer = solve(Wish(probe.label, probe.needs, probe.config), layers, prefer)
    except TapsmithError:
        # It may be just for that that there is none.
        check_owners(probe, lock, layers, lock.entries, project)
        raise
    reached = {*answer.picks, *(choice.virtual for choice in answer.choices)}
    check_owners(probe, lock, layers, reached, project)
    return answer


def _held(lock: Lock, tree: Library, others: Mapping[str, Fragment]) -> Mapping[str, str]:
    """Return the chosen providers that are still there and still provide."""
    for virtual, provider in lock.chosen.items():
        fragment = others.get(provider) or tree.fragments.get(provider)
        if fragment is None or virtual not in fragment.provides:
            raise StaleError(f"`{provider}` does not provide `{virtual}` any more")
    return lock.chosen
