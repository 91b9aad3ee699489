"""From probes' directories to resolutions, and to the plans that stand for them in later runs.

Imported where a plan has to be made or carried out only: a run in which
nothing changed reads no YAML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from tapsmith.kernelcache import cache_dir
from tapsmith.library import Library
from tapsmith.manifest import Fragment
from tapsmith.network import Network
from tapsmith.packages.inputs import texts
from tapsmith.packages.obtaining import Obtained, afresh, obtain
from tapsmith.packages.sources import Sources
from tapsmith.plans import Plan
from tapsmith.probe import Probe, load_probe
from tapsmith.resolution import Resolution
from tapsmith.scons.wanted import Wanted


class Resolving:
    """What one run reads once: the fragments of the tree, and what others there are."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._libraries: dict[tuple[Path, ...], Library] = {}
        self._sources = Sources(cache_dir(), say, Network.CLOSED.unless_offline())

    def obtain(self, wanted: Wanted) -> Obtained:
        """Return the resolution of a probe; TapsmithError as `packages.obtaining.obtain` raises."""
        probe, tree = load_probe(wanted.directory), self.library(wanted.roots)
        if not wanted.locks:
            return afresh(probe, tree, self._sources)
        obtained = obtain(probe, tree, self._sources, wanted.frozen)
        if obtained.notice:
            self._say(obtained.notice)
        return obtained

    def is_lasting(self, wanted: Wanted, obtained: Obtained) -> bool:
        """Tell whether the resolution hangs on nothing but its inputs.

        What a lock does not hold may be another next time, and a notice is to be given each time.  What
        a `path` names may be there or not.
        """
        probe = obtained.resolution.probe
        if obtained.notice or any(need.origin and need.origin.kind == "path" for need in probe.needs):
            return False
        return wanted.locks or not self._sources.is_elsewhere(probe)

    def library(self, roots: tuple[Path, ...]) -> Library:
        """Return the fragments below `roots`, read once; TapsmithError with what is wrong with them."""
        if roots not in self._libraries:
            self._libraries[roots] = Library.load(roots)
        return self._libraries[roots]


def plan_of(obtained: Obtained) -> Plan:
    """Return the plan of a resolution; TapsmithError where a fragment's header leaves its directory."""
    resolution = obtained.resolution
    manifests = [str(fragment.place.file) for fragment in resolution.fragments]
    owners: list[Probe | Fragment] = [*resolution.fragments, resolution.probe]
    sources = [text for owner in owners for text in texts(owner)]
    names = tuple(fragment.name for fragment in resolution.fragments)
    return Plan(resolution.probe.name, _digest(resolution), (*sources, *manifests), names)


def _digest(resolution: Resolution) -> str:
    """Return what decides the emitted text beside files: the resolved YAML."""
    probe = resolution.probe
    said = (probe.name, probe.summary, probe.license, probe.author, probe.unchecked, resolution.values)
    return hashlib.sha256(repr(said).encode()).hexdigest()
