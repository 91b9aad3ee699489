"""The guest's root file system: busybox and a few files, as a newc cpio archive.

The archive is not compressed: the kernel then starts 0.03 s sooner, and
nobody stores it.  Its bytes depend on nothing but the files' content and
modes (no owners, no times, no inode numbers of the host).
"""

from __future__ import annotations

import shutil
import stat
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tapsmith.diagnostics import TapsmithError, fail

BUSYBOX = "/bin/busybox"
_DIRECTORIES = ("dev", "out", "proc", "root", "sys", "tmp")
# busybox's links all lie in /bin; programs may look for them at the other usual places.
_SAME_AS_BIN = {"sbin": "bin", "usr/bin": "../bin", "usr/sbin": "../bin"}
_PT_INTERP = 3


@dataclass(frozen=True)
class GuestFile:
    """A file of the guest: bytes, or a host's file, and its permissions."""

    content: Path | bytes
    mode: int = 0o644

    def read(self) -> bytes:
        """Return the content; TapsmithError (`missing-file`) if the host's file cannot be read."""
        if isinstance(self.content, bytes):
            return self.content
        try:
            return self.content.read_bytes()
        except OSError as error:
            raise fail("missing-file", f"cannot read {self.content}: {error.strerror}") from error


def base(busybox: Path) -> tuple[dict[str, GuestFile], dict[str, str]]:
    """Return the files and symbolic links that every guest has; TapsmithError if busybox does not run."""
    try:
        listing = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise _no_busybox(f"{busybox} does not run: {error}") from error
    links = {f"bin/{applet}": "busybox" for applet in listing.split() if applet != "busybox"}
    return {BUSYBOX: GuestFile(busybox, 0o755)}, links | _SAME_AS_BIN


def find_busybox() -> Path:
    """Return a static busybox of this machine; TapsmithError (`missing-tool`) if there is none."""
    found = shutil.which("busybox")
    if found is None:
        raise _no_busybox("busybox is not installed")
    if not _is_static(Path(found).read_bytes()):
        raise _no_busybox(f"{found} is not linked statically, so it cannot run alone in a guest")
    return Path(found)


def pack(files: Mapping[str, GuestFile], links: Mapping[str, str]) -> bytes:
    """Return the archive of `files` and symbolic `links`, by guest path, with the directories they need."""
    nodes: dict[str, tuple[int, bytes]] = {}
    for name in _DIRECTORIES:
        nodes[name] = (stat.S_IFDIR | 0o755, b"")
    for name, file in files.items():
        nodes[_relative(name)] = (stat.S_IFREG | file.mode, file.read())
    for name, target in links.items():
        nodes[_relative(name)] = (stat.S_IFLNK | 0o777, target.encode())
    for name in tuple(nodes):
        for parent in PurePosixPath(name).parents[:-1]:
            nodes.setdefault(str(parent), (stat.S_IFDIR | 0o755, b""))
    # Sorted, a directory comes before what is in it, as the kernel wants it.
    records = [_record(name, *nodes[name]) for name in sorted(nodes)]
    return b"".join([*records, _record("TRAILER!!!", 0, b"")])


def _relative(name: str) -> str:
    return str(PurePosixPath("/", name).relative_to("/"))


def _record(name: str, mode: int, data: bytes) -> bytes:
    """Return one member, as Documentation/driver-api/early-userspace/buffer-format.rst has it."""
    raw = name.encode() + b"\0"
    # ino, mode, uid, gid, nlink, mtime, filesize, major, minor, rmajor, rminor, namesize, check
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + raw
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _is_static(elf: bytes) -> bool:
    """Tell whether a 64-bit little-endian ELF file names no interpreter (dynamic linker)."""
    if elf[:6] != b"\x7fELF\x02\x01":
        return False
    (table,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    return all(struct.unpack_from("<I", elf, table + i * size)[0] != _PT_INTERP for i in range(count))


def _no_busybox(message: str) -> TapsmithError:
    return fail("missing-tool", message, mend="apt-get install busybox-static")
