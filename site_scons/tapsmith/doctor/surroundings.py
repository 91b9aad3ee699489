"""Surroundings: what the checks look at, found once; and findings, what they tell of it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tapsmith.accel import choose
from tapsmith.diagnostics import TapsmithError
from tapsmith.initramfs import find_busybox
from tapsmith.kernelcache import cache_dir
from tapsmith.kernels import Kernel, list_kernels
from tapsmith.running.system import System

State = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """What a check found: `bad` keeps an area from working, `warn` from working well."""

    area: str
    name: str
    state: State
    message: str
    mend: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """A machine as the checks see it.

    `free` are the bytes left where the cache is, None where it cannot be written.  `kvm` tells whether a
    guest came up under KVM; None where none was tried.
    """

    system: System
    kernels: tuple[Kernel, ...]
    cache: Path
    free: int | None
    kvm: bool | None
    python: tuple[int, int] = field(default=sys.version_info[:2])
    which: Callable[[str], str | None] = shutil.which
    busybox: Callable[[], Path] = find_busybox
    has_module: Callable[[str], bool] = lambda name: importlib.util.find_spec(name) is not None

    @property
    def running(self) -> Kernel | None:
        """The kernel that runs here, if its headers are here."""
        return next((kernel for kernel in self.kernels if kernel.release == self.system.release), None)


def look() -> Surroundings:
    """Look at this machine; KVM is tried, for some seconds at the most, where an image is in the cache."""
    cache = cache_dir()
    kernels = list_kernels(cache)
    home = next(directory for directory in (cache, *cache.parents) if directory.is_dir())
    free = shutil.disk_usage(home).free if os.access(home, os.W_OK | os.X_OK) else None
    return Surroundings(System(), kernels, cache, free, _kvm(kernels, cache))


def _kvm(kernels: tuple[Kernel, ...], cache: Path) -> bool | None:
    image = next((kernel.image for kernel in kernels if kernel.image and "arm64" not in kernel.name), None)
    if image is None:
        return None
    try:
        return choose("auto", image, cache) == "kvm"
    except (TapsmithError, OSError):
        # What guests lack is told elsewhere.
        return None
