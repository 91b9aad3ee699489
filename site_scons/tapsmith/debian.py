"""Kernels from Debian's packages: fetched and unpacked into tapsmith's cache, never installed.

`fetch("6.1-cloud", image=True, progress=print)` brings headers, the build
tools that match them, and the bootable image, all of one package version.
What lies in the cache already is used as it is, without the network.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tapsmith.aptroot import AptRoot, Package
from tapsmith.debs import relocate, unpack, unpack_image
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.kernelcache import (
    HOST,
    CachedKernel,
    architecture,
    cache_dir,
    find,
    installed,
    kernels_dir,
    load,
    release_key,
    short_name,
)
from tapsmith.kernelplan import PREFIX, Plan, plan, unknown_kernel
from tapsmith.network import Network, is_offline

__all__ = [
    "CachedKernel",
    "cache_dir",
    "fetch",
    "find",
    "installed",
    "plan",
    "release_key",
    "short_name",
    "unknown_kernel",
]

Progress = Callable[[str], None]

LISTS_GOOD_FOR = 24 * 3600.0
"""Seconds for which package lists are used without asking the mirror for newer ones."""


def fetch(name: str, *, image: bool, progress: Progress, cache: Path | None = None) -> CachedKernel:
    """Return the kernel called `name` from the cache, fetching what is not there yet.

    `name` is a short name (`6.1`, `6.1-rt`, `6.12-cloud`), which means the newest
    release of it (in the cache, else Debian's), or a full release; with `-arm64`
    at the end it is one of that architecture.  Raises `unknown-kernel`, `no-apt`,
    `kernel-fetch-failed`, and offline `not-cached`.
    """
    cache = cache or cache_dir()
    arch = architecture(name)
    kernel = find(cache, name, arch)
    if kernel and (kernel.image or not image):
        return kernel
    if is_offline():
        what = "its image" if kernel else "it"
        message = f"kernel {name}: {what} is not in the cache, and {Network.OFFLINE.value}"
        raise fail("not-cached", message, mend=Network.OFFLINE.mend)
    # The image has to be that of the headers, so a kernel that is here is named by its full release.
    wanted = kernel.release if kernel else name
    roots = _roots(cache, arch)
    fresh = _refresh(roots, progress, unless_younger=LISTS_GOOD_FOR)
    try:
        return _fetch_from(roots, cache, wanted, image, progress)
    except TapsmithError:
        if fresh and wanted == name:
            raise
    # Older lists name what the mirror has dropped since; of a short name, the newest will do then.
    if not fresh:
        _refresh(roots, progress, unless_younger=0.0)
    return _fetch_from(roots, cache, name, image, progress)


def open_roots(cache: Path, arch: str, progress: Progress) -> tuple[AptRoot, AptRoot]:
    """Return where packages of `arch` and of this machine come from, with lists that are recent."""
    roots = _roots(cache, arch)
    _refresh(roots, progress, unless_younger=LISTS_GOOD_FOR)
    return roots[0], roots[-1]


def _roots(cache: Path, arch: str) -> tuple[AptRoot, ...]:
    roots = tuple(AptRoot(cache / "apt" / each, each) for each in dict.fromkeys((arch, HOST)))
    for root in roots:
        root.prepare()
    return roots


def _refresh(roots: Sequence[AptRoot], progress: Progress, unless_younger: float) -> bool:
    """Update the package lists older than the given seconds; tell whether that was done for all of them."""
    done = True
    for root in roots:
        with locked(root.directory / "lock", progress):
            if root.age() < unless_younger:
                done = False
            else:
                progress("fetching Debian's package lists")
                root.update()
    return done


def _fetch_from(
    roots: Sequence[AptRoot], cache: Path, name: str, image: bool, progress: Progress
) -> CachedKernel:
    """Bring the kernel into the cache from the mirror, under the lock of its release.

    `roots` begins with that of the kernel's architecture and ends with this machine's.
    """
    wanted = plan(roots[0], name, image, roots[-1])
    kernels = kernels_dir(cache)
    final, draft = kernels / wanted.release, kernels / f".{wanted.release}.draft"
    kernels.mkdir(parents=True, exist_ok=True)
    with locked(kernels / f".{wanted.release}.lock", progress):
        shutil.rmtree(draft, ignore_errors=True)
        kernel = load(final)
        if kernel and (kernel.image or not image):
            return kernel
        draft.mkdir()
        try:
            if kernel and kernel.version == wanted.headers.version and wanted.image:
                _download(wanted, [wanted.image], draft, progress)
                unpack_image(draft, wanted.image, wanted.release)
                _add_image(draft, final)
            else:
                _build(wanted, draft, progress)
                _exchange(draft, final)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        kernel = load(final)
    assert kernel, "a fetched kernel is complete"
    return kernel


def _build(wanted: Plan, draft: Path, progress: Progress) -> None:
    """Unpack a whole kernel below `draft`; its `version` file comes last."""
    images = [wanted.image] if wanted.image else []
    _download(wanted, [*wanted.tree, *wanted.tools, *images], draft, progress)
    progress(f"unpacking kernel {wanted.release}")
    for package in wanted.tree:
        unpack(draft, package, draft)
    for package in wanted.tools:
        unpack(draft, package, draft / "tools")
    for package in images:
        unpack_image(draft, package, wanted.release)
    for useless in ("usr/share", "tools/usr/share", "lib"):
        shutil.rmtree(draft / useless, ignore_errors=True)
    relocate(draft / "usr/src" / (PREFIX + wanted.release) / "Makefile")
    (draft / "version").write_text(wanted.headers.version + "\n", encoding="utf-8")


def _add_image(draft: Path, final: Path) -> None:
    """Move an unpacked image to a kernel that is in the cache, by one rename."""
    (final / "boot").mkdir(exist_ok=True)
    for image in (draft / "boot").iterdir():
        image.replace(final / "boot" / image.name)


def _exchange(draft: Path, final: Path) -> None:
    """Put `draft` in the place of `final`, which may exist in another version."""
    if final.exists():
        old = draft.with_suffix(".old")
        shutil.rmtree(old, ignore_errors=True)
        final.rename(old)
        draft.rename(final)
        shutil.rmtree(old, ignore_errors=True)
    else:
        draft.rename(final)


def _download(wanted: Plan, packages: Sequence[Package], draft: Path, progress: Progress) -> None:
    megabytes = sum(package.size for package in packages) / 1e6
    first = packages[0]
    progress(f"downloading {first.name} {first.version} (packages: {len(packages)}, {megabytes:.1f} MB)")
    for root in dict.fromkeys((wanted.own, wanted.host)):
        if mine := [package for package in packages if wanted.root_of(package) == root]:
            root.download(mine, draft)


@contextmanager
def locked(path: Path, progress: Progress) -> Iterator[None]:
    """Hold an exclusive lock; it ends with the process, however that ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        # What is started meanwhile inherits the lock: it is held until a step that outlives us has ended.
        os.set_inheritable(handle.fileno(), True)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another fetch to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
