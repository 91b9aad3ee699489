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
from dataclasses import dataclass
from pathlib import Path

from tapsmith.aptroot import AptRoot, Package
from tapsmith.debs import relocate, unpack, unpack_image
from tapsmith.diagnostics import TapsmithError, did_you_mean, fail
from tapsmith.kernelcache import (
    CachedKernel,
    cache_dir,
    find,
    installed,
    kernels_dir,
    load,
    newest,
    release_key,
    short_name,
)

__all__ = ["CachedKernel", "cache_dir", "fetch", "find", "installed", "release_key", "short_name"]

Progress = Callable[[str], None]

LISTS_GOOD_FOR = 24 * 3600.0
"""Seconds for which package lists are used without asking the mirror for newer ones."""

_PREFIX = "linux-headers-"


@dataclass(frozen=True)
class Plan:
    """The packages of one kernel: its tree, the tools that run beside it, and its image."""

    release: str
    headers: Package
    tree: tuple[Package, ...]
    tools: tuple[Package, ...]
    image: Package | None


def fetch(
    name: str, *, image: bool, progress: Progress, cache: Path | None = None, arch: str = "amd64"
) -> CachedKernel:
    """Return the kernel called `name` from the cache, fetching what is not there yet.

    `name` is a short name (`6.1`, `6.1-rt`, `6.12-cloud`), which means the newest
    release of it (in the cache, else Debian's), or a full release.  Raises
    `unknown-kernel`, `no-apt`, `kernel-fetch-failed`.
    """
    cache = cache or cache_dir()
    kernel = find(cache, name, arch)
    if kernel and (kernel.image or not image):
        return kernel
    # The image has to be that of the headers, so a kernel that is here is named by its full release.
    wanted = kernel.release if kernel else name
    root = AptRoot(cache / "apt" / arch, arch)
    root.prepare()
    fresh = _refresh(root, progress, unless_younger=LISTS_GOOD_FOR)
    try:
        return _fetch_from(root, cache, wanted, image, progress)
    except TapsmithError:
        if fresh and wanted == name:
            raise
    # Older lists name what the mirror has dropped since; of a short name, the newest will do then.
    if not fresh:
        _refresh(root, progress, unless_younger=0.0)
    return _fetch_from(root, cache, name, image, progress)


def plan(root: AptRoot, name: str, image: bool) -> Plan:
    """Return the packages of the kernel called `name`; raise `unknown-kernel`."""
    names = root.names("linux-")
    releases = [n.removeprefix(_PREFIX) for n in names if n.startswith(_PREFIX)]
    release = newest(releases, name, root.arch)
    if release is None:
        raise unknown_kernel(name, releases, root.arch)
    headers = root.show([_PREFIX + release])[0]
    tree = [headers]
    for dependency in headers.depends:
        if dependency.startswith(("linux-headers-", "linux-kbuild-")):
            tree.append(matching(root.show([dependency]), headers.version))
    wants_pahole = any("pahole" in package.depends for package in tree)
    tools = ["libelf1", *(["pahole", "libdw1", "libbpf1"] if wants_pahole else [])]
    found = [root.show([tool])[0] for tool in tools]
    boot = _image(root, names, release, headers.version) if image else None
    return Plan(release, headers, tuple(tree), tuple(found), boot)


def matching(candidates: Sequence[Package], version: str) -> Package:
    """Return the candidate of just this version, else the one apt prefers."""
    return next((p for p in candidates if p.version == version), candidates[0])


def unknown_kernel(name: str, releases: Sequence[str], arch: str) -> TapsmithError:
    """Return the error for a name that no kernel package has, with what there is."""
    shorts = {short for release in releases if (short := short_name(release, arch))}
    known = sorted(shorts, key=release_key)
    near = did_you_mean(name, [*shorts, *releases])
    example = newest(releases, known[-1], arch) if known else None
    listing = f"there are {', '.join(known)}, and full releases such as {example}" if known else None
    return fail(
        "unknown-kernel",
        f"no kernel `{name}` is among Debian 12's packages for {arch}",
        mend="; ".join(part for part in (near, listing) if part) or None,
    )


def _image(root: AptRoot, names: Sequence[str], release: str, version: str) -> Package:
    """Return the image package of just the headers' version; the signed one comes later than the unsigned."""
    for name in (f"linux-image-{release}", f"linux-image-{release}-unsigned"):
        if name in names:
            for package in root.show([name]):
                if package.version == version:
                    return package
    raise fail(
        "kernel-fetch-failed",
        f"Debian has no image of {release} in the headers' version {version}",
        mend="Debian publishes the two hours apart: try again later, or name an older release",
    )


def _refresh(root: AptRoot, progress: Progress, unless_younger: float) -> bool:
    """Update the package lists if they are older than the given seconds; tell whether that was done."""
    with _locked(root.directory / "lock", progress):
        if root.age() < unless_younger:
            return False
        progress("fetching Debian's package lists")
        root.update()
        return True


def _fetch_from(root: AptRoot, cache: Path, name: str, image: bool, progress: Progress) -> CachedKernel:
    """Bring the kernel into the cache from the mirror, under the lock of its release."""
    wanted = plan(root, name, image)
    kernels = kernels_dir(cache)
    final, draft = kernels / wanted.release, kernels / f".{wanted.release}.draft"
    kernels.mkdir(parents=True, exist_ok=True)
    with _locked(kernels / f".{wanted.release}.lock", progress):
        shutil.rmtree(draft, ignore_errors=True)
        kernel = load(final)
        if kernel and (kernel.image or not image):
            return kernel
        draft.mkdir()
        try:
            if kernel and kernel.version == wanted.headers.version and wanted.image:
                _download(root, [wanted.image], draft, progress)
                unpack_image(draft, wanted.image, wanted.release)
                _add_image(draft, final)
            else:
                _build(root, wanted, draft, progress)
                _exchange(draft, final)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        kernel = load(final)
    assert kernel, "a fetched kernel is complete"
    return kernel


def _build(root: AptRoot, wanted: Plan, draft: Path, progress: Progress) -> None:
    """Unpack a whole kernel below `draft`; its `version` file comes last."""
    images = [wanted.image] if wanted.image else []
    _download(root, [*wanted.tree, *wanted.tools, *images], draft, progress)
    progress(f"unpacking kernel {wanted.release}")
    for package in wanted.tree:
        unpack(draft, package, draft)
    for package in wanted.tools:
        unpack(draft, package, draft / "tools")
    for package in images:
        unpack_image(draft, package, wanted.release)
    for useless in ("usr/share", "tools/usr/share", "lib"):
        shutil.rmtree(draft / useless, ignore_errors=True)
    relocate(draft / "usr/src" / (_PREFIX + wanted.release) / "Makefile")
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


def _download(root: AptRoot, packages: Sequence[Package], draft: Path, progress: Progress) -> None:
    megabytes = sum(package.size for package in packages) / 1e6
    first = packages[0]
    progress(f"downloading {first.name} {first.version} (packages: {len(packages)}, {megabytes:.1f} MB)")
    root.download(packages, draft)


@contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
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
