"""A directory of built files that many runs, users and machines share: nothing is served from it unchecked.

`<root>/tapsmith-1/<2 digits>/<key>` holds one file: a line with its mode and
its SHA-256, which counts the key as well, then its bytes.  An entry appears
by one rename and never changes, so any number of processes may write at once,
and one may be killed at any moment.  An entry that is not what its line says
is thrown away.  This guards against accidents: whoever may write to the
directory can also write a wrong entry with the right sum.

The directory may fail (full, not writable, not there any more).  That is told
once, and then it is not used that way any more; no build fails of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FORMAT = "tapsmith-1"
_HEAD = re.compile(rb"tapsmith-1 ([0-7]{3}) ([0-9a-f]{64})\n")
_DRAFT = ".draft-"
_DRAFTS_LAST = 24 * 3600.0
# By this sign backups leave a directory out: https://bford.info/cachedir/
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"


@dataclass(frozen=True)
class Entry:
    """A file of the cache: its bytes, and the bits of its mode that matter to others."""

    data: bytes
    mode: int


class SharedCache:
    """The cache in the directory `root`; `say` is told what hinders its use."""

    def __init__(self, root: Path, say: Callable[[str], None]) -> None:
        self.root = root
        self.damaged = 0
        self._home = root / _FORMAT
        self._say = say
        self._told: set[str] = set()
        self._may_write = True

    def path(self, key: str) -> Path:
        """Return where the entry of a key is, or would be."""
        return self._home / key[:2].upper() / key

    def get(self, key: str, *, discard: bool = True) -> Entry | None:
        """Return what is kept for a key, or None.

        A damaged entry counts as none; it is removed where `discard` allows it.
        """
        path = self.path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell("read", error, "what cannot be read there is built here")
            return None
        entry = _checked(key, content)
        if entry:
            with suppress(OSError):
                os.utime(path)  # for `prune`: this one is in use
        else:
            self.damaged += 1
            if discard:
                with suppress(OSError):
                    path.unlink()
        return entry

    def put(self, key: str, entry: Entry) -> bool:
        """Keep a file for a key; False, and a message for the first, if that cannot be done."""
        if not self._may_write:
            return False
        try:
            self._write(self.path(key), _head(key, entry) + entry.data)
        except OSError as error:
            self._may_write = False
            self._tell("written", error, "this run adds nothing more to it")
            return False
        return True

    def _write(self, path: Path, content: bytes) -> None:
        if not path.parent.is_dir():
            self._make(path.parent)
        draft = path.with_name(_DRAFT + secrets.token_hex(8))
        try:
            draft.write_bytes(content)
            # Whoever may use the root may use what is in it, whatever the umask says.
            draft.chmod(self.root.stat().st_mode & 0o666)
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise

    def _make(self, directory: Path) -> None:
        new = not self.root.is_dir()
        self.root.mkdir(parents=True, exist_ok=True)
        if new:
            (self.root / "CACHEDIR.TAG").write_text(_TAG, encoding="ascii")
        for part in (self._home, directory):
            with suppress(FileExistsError):
                part.mkdir()
                part.chmod(self.root.stat().st_mode & 0o7777)

    def _tell(self, done: str, error: OSError, outcome: str) -> None:
        if done not in self._told:
            self._told.add(done)
            self._say(f"the cache {self.root} cannot be {done} ({error.strerror}): {outcome}")


def prune(root: Path, most: int) -> tuple[int, int]:
    """Remove the entries that were not used for longest, until the others need at most `most` bytes.

    Returns how many files were removed, and how many bytes are left.  What
    killed runs left half-written goes as well.
    """
    now, removed, entries = time.time(), 0, []
    for path in _files(root / _FORMAT):
        with suppress(OSError):
            stat = path.stat()
            if not path.name.startswith(_DRAFT):
                entries.append((stat.st_mtime, stat.st_size, path))
            elif now - stat.st_mtime > _DRAFTS_LAST:
                path.unlink()
                removed += 1
    left = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if left <= most:
            break
        with suppress(FileNotFoundError):
            path.unlink()
        removed, left = removed + 1, left - size
    return removed, left


def _files(home: Path) -> Iterator[Path]:
    return (path for path in home.glob("*/*") if path.is_file())


def _head(key: str, entry: Entry) -> bytes:
    return f"{_FORMAT} {entry.mode:03o} {_sum(key, entry)}\n".encode("ascii")


def _checked(key: str, content: bytes) -> Entry | None:
    """Return the file in an entry's content; None if it is not whole, or another's."""
    head = _HEAD.match(content)
    if not head:
        return None
    entry = Entry(content[head.end() :], int(head[1], 8))
    return entry if _sum(key, entry).encode("ascii") == head[2] else None


def _sum(key: str, entry: Entry) -> str:
    return hashlib.sha256(f"{key} {entry.mode:03o}\n".encode("ascii") + entry.data).hexdigest()
