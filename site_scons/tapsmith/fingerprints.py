"""Fingerprints: what files and directories hold, told by their content, read again only where they changed.

A file whose size, times and inode are those of last time has the content of
last time, unless it was written at nearly the moment it was read: a clock
ticks, and a file system's may tick slowly.  Such a file is read again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISDIR

ABSENT = ""
"""The fingerprint of what is not there."""

_TICK = 2_000_000_000
"""Nanoseconds; FAT's clock is the slowest."""

Memo = tuple[int, int, int, int, int, str]
"""Size, time of change of content and of inode, inode, when it was read (nanoseconds), fingerprint."""


class Fingerprints:
    """The fingerprints of one run; each path is looked at once.

    `memo` is what `memo()` of an earlier run returned.
    """

    def __init__(self, memo: Mapping[str, Memo] | None = None) -> None:
        self._old = dict(memo or {})
        self._memo: dict[str, Memo] = {}
        self._absent: set[str] = set()
        self.changed = False

    def of(self, path: str) -> str:
        """Return the SHA-256 of a file's content, or of the names in a directory; ABSENT if it is neither.

        OSError if it is there and cannot be read.
        """
        if path in self._memo:
            return self._memo[path][5]
        if path in self._absent:
            return ABSENT
        try:
            stat = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            self._absent.add(path)
            return ABSENT
        now = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        old = self._old.get(path)
        if old is None or old[:4] != now or max(now[1:3]) > old[4] - _TICK:
            seen = time.time_ns()
            content = _names(path) if S_ISDIR(stat.st_mode) else Path(path).read_bytes()
            old = (*now, seen, hashlib.sha256(content).hexdigest())
            self.changed = True
        self._memo[path] = old
        return old[5]

    def of_all(self, paths: Iterable[str]) -> str:
        """Return one fingerprint for all of `paths`; OSError as `of` raises."""
        lines = (f"{path}\0{self.of(path)}\n" for path in paths)
        return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()

    def memo(self) -> Mapping[str, Memo]:
        """Return what the next run need not read again."""
        return self._memo


def _names(directory: str) -> bytes:
    return "\0".join(sorted(os.listdir(directory))).encode(errors="surrogateescape")


def package_files() -> tuple[str, ...]:
    """Return the Python files of tapsmith, sorted: what they make is stale when they change."""
    return tuple(sorted(_python_files(os.path.dirname(os.path.abspath(__file__)))))


def _python_files(directory: str) -> Iterable[str]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _python_files(entry.path)
            elif entry.name.endswith(".py"):
                yield entry.path
