"""Debian 12's bpftrace with the libraries it needs, as files of a guest.

They come from Debian's packages (63 MB) into the cache, as kernels do; nothing is installed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile

from hitcost.measure import Bpftrace
from tapsmith.aptroot import AptRoot, Package
from tapsmith.debian import LISTS_GOOD_FOR
from tapsmith.debs import unpack
from tapsmith.diagnostics import fail
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Progress

_ARCH = "amd64"
_PROGRAM = "usr/bin/bpftrace"
_LIBRARIES = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
_LOADER = "lib64/ld-linux-x86-64.so.2"


def load(cache: Path, actions: Mapping[str, str], progress: Progress) -> Bpftrace:
    """Return bpftrace with the actions to measure; fetch it if it is not in `cache`.

    Raises what fetching a kernel raises: `no-apt`, `kernel-fetch-failed`.
    """
    here = cache / "bpftrace"
    directory = next(here.glob("[!.]*"), None) or _fetch(cache, here, progress)
    files = {f"/{path.relative_to(directory)}": GuestFile(path, 0o755) for path in directory.rglob("*.*")}
    files["/bin/bpftrace"] = GuestFile(directory / "bpftrace", 0o755)
    return Bpftrace(directory.name, files, actions)


def _closure(root: AptRoot, name: str) -> list[Package]:
    """Return the package `name` and all it depends on."""
    found: dict[str, Package] = {}
    waiting = [name]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = root.show([name])[0]
            waiting += found[name].depends
    return list(found.values())


def _fetch(cache: Path, here: Path, progress: Progress) -> Path:
    """Download and unpack the packages, and leave what bpftrace loads in a directory named by its version."""
    root = AptRoot(cache / "apt" / _ARCH, _ARCH)
    root.prepare()
    if root.age() > LISTS_GOOD_FOR:
        root.update()
    packages = _closure(root, "bpftrace")
    megabytes = sum(package.size for package in packages) / 1e6
    progress(f"downloading bpftrace and its libraries ({megabytes:.0f} MB)")
    here.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=here, prefix=".draft-") as scratch:
        draft = Path(scratch)
        root.download(packages, draft)
        for package in packages:
            unpack(draft, package, draft / "root")
        kept = draft / "kept"
        (kept / "lib64").mkdir(parents=True)
        shutil.copy(draft / "root" / _PROGRAM, kept / "bpftrace")
        shutil.copy(draft / "root" / _LOADER, kept / _LOADER)
        _copy_libraries(draft / "root", kept)
        return kept.rename(here / packages[0].version)


def _copy_libraries(root: Path, kept: Path) -> None:
    """Copy the libraries that bpftrace needs, directly or not, each under the name it is asked for."""
    into = kept / _LIBRARIES[0]
    into.mkdir(parents=True)
    waiting = needed(kept / "bpftrace")
    while waiting:
        name = waiting.pop()
        if (into / name).exists() or name == Path(_LOADER).name:
            continue
        found = [root / place / name for place in _LIBRARIES if (root / place / name).is_file()]
        if not found:
            raise fail("missing-file", f"no package of bpftrace holds {name}")
        shutil.copy(found[0], into / name)
        waiting += needed(into / name)


def needed(file: Path) -> list[str]:
    """Return the libraries that an ELF file names as needed."""
    with file.open("rb") as stream:
        section = ELFFile(stream).get_section_by_name(".dynamic")
        assert isinstance(section, DynamicSection), "programs and libraries are linked dynamically"
        return [str(tag.needed) for tag in section.iter_tags() if tag.entry.d_tag == "DT_NEEDED"]
