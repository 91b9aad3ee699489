"""What a guest of another architecture takes: its QEMU, its busybox, a C library for its workloads.

They come from Debian's packages into the cache, without root:

    <cache>/foreign/arm64/complete     written last
    <cache>/foreign/arm64/usr/…        what the packages hold, unpacked
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tapsmith import debian
from tapsmith.aptroot import AptRoot
from tapsmith.debs import unpack
from tapsmith.diagnostics import fail
from tapsmith.kernelcache import HOST, architecture
from tapsmith.network import Network, is_offline
from tapsmith.qemu import Foreign

Progress = debian.Progress

_QEMU = "qemu-system-aarch64"
_OWN = ("busybox-static",)
_LIBRARY = (
    "libc6-dev-arm64-cross",
    "libc6-arm64-cross",
    "linux-libc-dev-arm64-cross",
    "libgcc-12-dev-arm64-cross",
)


def foreign_guest(release: str, cache: Path, progress: Progress) -> Foreign | None:
    """Return what a guest of the kernel `release` takes, fetched if it is not in `cache` (15 MB).

    None stands for this machine's own architecture.  TapsmithError as `debian.fetch`.
    """
    arch = architecture(release)
    if arch == HOST:
        return None
    home = cache / "foreign" / arch
    if not (home / "complete").is_file():
        if is_offline():
            message = f"what guests of {arch} take is not in the cache, and {Network.OFFLINE.value}"
            raise fail("not-cached", message, mend=Network.OFFLINE.mend)
        _fetch(arch, home, cache, progress)
    library, compiler = home / "usr/aarch64-linux-gnu", home / "usr/lib/gcc-cross/aarch64-linux-gnu/12"
    flags = [f"-isystem{compiler}/include", f"-isystem{library}/include", f"-B{compiler}", f"-B{library}/lib"]
    qemu = home / "usr/bin" / _QEMU
    found = shutil.which(_QEMU)
    return Foreign(Path(found) if found else qemu, home / "bin/busybox", (*flags, f"-L{library}/lib"))


def _fetch(arch: str, home: Path, cache: Path, progress: Progress) -> None:
    """Unpack the packages into `home`, which appears by one rename."""
    own, host = debian.open_roots(cache, arch, progress)
    tools = _LIBRARY if shutil.which(_QEMU) else (*_LIBRARY, "qemu-system-arm")
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = home.with_name(f".{arch}.draft")
    with debian.locked(home.with_name(f".{arch}.lock"), progress):
        if (home / "complete").is_file():
            return
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        progress(f"fetching what guests of {arch} take: QEMU, busybox, a C library")
        _unpack(own, _OWN, draft)
        _unpack(host, tools, draft)
        shutil.rmtree(draft / "usr/share", ignore_errors=True)
        (draft / "complete").touch()
        shutil.rmtree(home, ignore_errors=True)
        draft.rename(home)


def _unpack(root: AptRoot, names: tuple[str, ...], draft: Path) -> None:
    packages = [root.show([name])[0] for name in names]
    root.download(packages, draft)
    for package in packages:
        unpack(draft, package, draft)
