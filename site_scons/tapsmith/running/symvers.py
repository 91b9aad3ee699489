"""The versions of the running kernel's symbols, from whatever tells them on this machine."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tapsmith.running import elf
from tapsmith.running.module_file import symbol_versions

# Headers' list, Fedora's, and what a user of a kernel of his own has.
_LISTS = ("lib/modules/{0}/build/Module.symvers", "lib/modules/{0}/symvers.gz", "boot/symvers-{0}.gz")
# Each module names the layout of struct module and what it uses: a few dozen tell most.
_MODULES = 40


def kernel_versions(root: Path, release: str, wanted: Iterable[str]) -> Mapping[str, int]:
    """Return the versions of those of `wanted` that are told: by a list, else by the kernel's own modules."""
    names = frozenset(wanted)
    for path in _LISTS:
        listed = _listed(_read(root / path.format(release)))
        if listed:
            return {name: version for name, version in listed.items() if name in names}
    found: dict[str, int] = {}
    for data in _modules(root / "lib/modules" / release / "kernel"):
        try:
            table = symbol_versions(elf.sections(data).get("__versions", b""))
        except ValueError:
            continue
        found.update((name, version) for name, version in table.items() if name in names)
        if len(found) == len(names):
            break
    return found


def _listed(data: bytes) -> Mapping[str, int]:
    """Return what Module.symvers says: version, symbol, where it is, how it is exported."""
    words = (line.split("\t") for line in data.decode("ascii", "replace").splitlines())
    return {one[1]: int(one[0], 16) for one in words if len(one) > 2 and one[0].startswith("0x")}


def _modules(directory: Path) -> Iterator[bytes]:
    paths = (
        Path(where) / name
        for where, _, names in os.walk(directory)
        for name in names
        if name.endswith((".ko", ".ko.xz", ".ko.gz"))
    )
    for path, _ in zip(paths, range(_MODULES)):
        yield _read(path)


def _read(path: Path) -> bytes:
    """Return a file's contents, unpacked; nothing where they cannot be had."""
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            # 16 stands for the header of gzip.
            return zlib.decompress(data, zlib.MAX_WBITS | 16)
        return _without_xz(data) if path.suffix == ".xz" else data
    except (OSError, zlib.error):
        return b""


def _without_xz(data: bytes) -> bytes:
    try:
        import lzma  # some Pythons are built without
    except ImportError:
        return b""
    try:
        return lzma.decompress(data)
    except lzma.LZMAError:
        return b""
