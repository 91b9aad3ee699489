"""The cache of kernels: which lie in it, under which names, and what their tools need.

    <cache>/kernels/<release>/version                   the package version; written last
    <cache>/kernels/<release>/usr/src/linux-headers-…   what the packages hold, unpacked
    <cache>/kernels/<release>/usr/lib/linux-kbuild-…
    <cache>/kernels/<release>/boot/vmlinuz-<release>    where an image was asked for
    <cache>/kernels/<release>/tools/…                   libelf, and pahole with its libraries

A directory appears here by one rename, when it is complete.  Names that begin
with a dot are drafts of a fetch that runs or was killed.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tapsmith.diagnostics import fail

HOST = "amd64"
"""The architecture that tapsmith runs on."""

_RELEASE = re.compile(
    r"(?P<series>\d+\.\d+)\.\d+(?:-\d+)?(?:\+\w+)?(?:-(?P<flavour>[a-z]\w*))?-(?P<arch>amd64|arm64)"
)


# What the names of a foreign architecture's compiler and its relatives begin with.
_PREFIXES = {"arm64": "aarch64-linux-gnu-"}


@dataclass(frozen=True)
class CachedKernel:
    """A kernel in the cache.

    `version` is that of its packages; `headers` is the build directory for
    `make -C`; `image`, if it is here, boots; `tools` holds what runs beside.
    """

    release: str
    version: str
    headers: Path
    image: Path | None
    tools: Path

    def environment(self) -> Mapping[str, str]:
        """Return PATH and LD_LIBRARY_PATH for this kernel's tools; empty where the system has all of them.

        The values are whole: the current ones with the cache's directory added.
        A foreign kernel has CROSS_COMPILE, too, as its kbuild wants it.
        """
        found = {}
        programs = self.tools / "usr/bin"
        prefix = _PREFIXES.get(architecture(self.release), "")
        if prefix:
            found["CROSS_COMPILE"] = prefix
        wanted = ("pahole", f"{prefix}gcc-12", f"{prefix}ld")
        if any((programs / tool).is_file() and not shutil.which(tool) for tool in wanted):
            found["PATH"] = _joined(os.environ.get("PATH", os.defpath), programs)
        lacking = [lib for lib in sorted(self.tools.glob("usr/lib/*/lib*.so.[0-9]")) if not _loads(lib.name)]
        if lacking:
            found["LD_LIBRARY_PATH"] = _joined(os.environ.get("LD_LIBRARY_PATH", ""), lacking[0].parent)
        return MappingProxyType(found)


def cache_dir() -> Path:
    """Return tapsmith's cache: $TAPSMITH_CACHE, else $XDG_CACHE_HOME/tapsmith, else ~/.cache/tapsmith.

    Raises `bad-cache` for a path that a kernel's build cannot lie in.
    """
    if own := os.environ.get("TAPSMITH_CACHE"):
        path = Path(own)
    else:
        path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tapsmith"
    path = path.absolute()
    if re.search(r'[\s:"]', str(path)):
        raise fail(
            "bad-cache",
            f"the cache `{path}` has a space, a colon or a quote in its path, which a kernel's make refuses",
            mend="set TAPSMITH_CACHE to a directory without them",
        )
    return path


def kernels_dir(cache: Path) -> Path:
    """Return the directory in which the kernels of a cache lie."""
    return cache / "kernels"


def load(directory: Path) -> CachedKernel | None:
    """Return the kernel that lies in a directory of the cache, or None if it is none."""
    release = directory.name
    headers = directory / "usr/src" / f"linux-headers-{release}"
    image = directory / "boot" / f"vmlinuz-{release}"
    try:
        version = (directory / "version").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    if not version or not headers.is_dir():
        return None
    return CachedKernel(release, version, headers, image if image.is_file() else None, directory / "tools")


def installed(cache: Path) -> tuple[CachedKernel, ...]:
    """Return the complete kernels of a cache, the oldest release first."""
    try:
        directories = [d for d in kernels_dir(cache).iterdir() if not d.name.startswith(".")]
    except OSError:
        return ()
    kernels = [kernel for kernel in map(load, directories) if kernel]
    return tuple(sorted(kernels, key=lambda kernel: release_key(kernel.release)))


def find(cache: Path, name: str, arch: str = "amd64") -> CachedKernel | None:
    """Return the newest kernel of a cache that `name` means, or None."""
    kernels = {kernel.release: kernel for kernel in installed(cache)}
    release = newest(kernels, name, arch)
    return kernels[release] if release else None


def architecture(name: str) -> str:
    """Return the architecture that a kernel's name or release ends with; without one it is this machine's."""
    return next((arch for arch in _PREFIXES if name.endswith(f"-{arch}")), HOST)


def short_name(release: str, arch: str = "amd64") -> str | None:
    """Return `6.1-cloud` for `6.1.0-56-cloud-amd64`, or None for what is no Debian release of `arch`."""
    match = _RELEASE.fullmatch(release)
    if not match or match["arch"] != arch:
        return None
    return f"{match['series']}-{match['flavour']}" if match["flavour"] else match["series"]


def told_name(release: str) -> str:
    """Return the name by which people know a release, such as `6.1-cloud-arm64`; else the release."""
    arch = architecture(release)
    short = short_name(release, arch)
    return (short if arch == HOST else f"{short}-{arch}") if short else release


def newest(releases: Iterable[str], name: str, arch: str = "amd64") -> str | None:
    """Return the newest of `releases` that a short name or a full release means, or None."""
    short = name.removesuffix(f"-{arch}")
    matching = [r for r in releases if name == r or short == short_name(r, arch)]
    return max(matching, key=release_key, default=None)


def release_key(release: str) -> tuple[tuple[int, ...], str]:
    """Return a sort key: numbers by value, so that 6.1.0-9 comes before 6.1.0-56."""
    return tuple(int(digits) for digits in re.findall(r"\d+", release)), release


def _joined(paths: str, directory: Path) -> str:
    """Return a search path with a directory added at its end."""
    return f"{paths}:{directory}" if paths else str(directory)


def _loads(library: str) -> bool:
    """Tell whether the system's loader finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
