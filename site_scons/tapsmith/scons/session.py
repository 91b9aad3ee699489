"""What one run of scons reads once: the library, the kernels, and what was built."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock as Mutex
from typing import Any

from tapsmith.diagnostics import TapsmithError
from tapsmith.kernelcache import cache_dir
from tapsmith.library import Library
from tapsmith.network import Network
from tapsmith.packages.obtaining import Obtained, afresh, obtain
from tapsmith.packages.sources import Sources
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution
from tapsmith.scons.chosen import Chosen, choose_kernels


@dataclass
class Built:
    """A module of this run: its node, what is in it, and the seconds its steps took; or why one failed."""

    resolution: Resolution
    module: Any
    release: str
    seconds: dict[str, float] = field(default_factory=dict)
    error: TapsmithError | None = None

    @property
    def name(self) -> str:
        """The probe's name."""
        return self.resolution.probe.name


@dataclass(frozen=True)
class Refused:
    """A module that cannot be built: its node, the probe and the kernel by name, and why."""

    name: str
    module: Any
    release: str
    error: TapsmithError


class Session:
    """The state that the nodes of one run share.  Clones of an environment share it, too.

    `told` are the refusals (by `id`) that have been printed: what holds for several kernels is said once.
    `edited` are the directories of the probes that editors are told of, each with its roots.
    """

    def __init__(self) -> None:
        self.built: list[Built] = []
        self.refused: list[Refused] = []
        self.ends_with_table = False
        self._libraries: dict[tuple[Path, ...], Library] = {}
        self.guest = Mutex()
        self.told: set[int] = set()
        self.edited: dict[Path, tuple[Path, ...]] = {}
        self._kernels: dict[tuple[str, ...], tuple[Chosen, ...]] = {}
        self._resolutions: dict[tuple[Path, ...], Obtained | TapsmithError] = {}
        self._sources: Sources | None = None

    def library(self, roots: Sequence[Path]) -> Library:
        """Return the fragments below `roots`, read once."""
        key = tuple(roots)
        if key not in self._libraries:
            self._libraries[key] = Library.load(key)
        return self._libraries[key]

    def resolution(self, probe: Path, roots: Sequence[Path], locks: bool, frozen: bool) -> Obtained:
        """Return the resolution of the probe in a directory, found once for all kernels.

        `locks` tells whether its lock counts at all.  TapsmithError as `obtain` raises.
        """
        key = (probe, *roots)
        if key not in self._resolutions:
            try:
                self._resolutions[key] = self._resolve(probe, roots, locks, frozen)
            except TapsmithError as error:
                self._resolutions[key] = error
        found = self._resolutions[key]
        if isinstance(found, TapsmithError):
            raise found
        return found

    def _resolve(self, directory: Path, roots: Sequence[Path], locks: bool, frozen: bool) -> Obtained:
        probe, tree = load_probe(directory), self.library(roots)
        self._sources = self._sources or Sources(cache_dir(), say, Network.CLOSED.unless_offline())
        if not locks:
            return afresh(probe, tree, self._sources)
        obtained = obtain(probe, tree, self._sources, frozen)
        if obtained.notice:
            say(obtained.notice)
        return obtained

    def kernels(self, names: tuple[str, ...]) -> tuple[Chosen, ...]:
        """Return the kernels that `names` mean, found once; TapsmithError as `choose_kernels` raises."""
        if names not in self._kernels:
            self._kernels[names] = choose_kernels(names, say)
        return self._kernels[names]


def say(message: str) -> None:
    print(f"tapsmith: {message}", file=sys.stderr, flush=True)
