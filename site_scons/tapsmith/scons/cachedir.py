"""`CacheDir` of scons on `SharedCache`: entries are checked before they are served; no failure ends a build.

    scons CACHE=/srv/modules

The options --cache-disable, --cache-readonly, --cache-force, --cache-show and
--cache-debug do what they do for any `CacheDir`.
"""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import SCons.Action
import SCons.CacheDir
from SCons.Util import hash_signature

from tapsmith.scons.session import say
from tapsmith.sharedcache import Entry, SharedCache


class SafeCacheDir(SCons.CacheDir.CacheDir):  # type: ignore[misc]
    """What scons asks of a cache, answered by a `SharedCache`."""

    def __init__(self, path: Any) -> None:
        self._store = SharedCache(Path(os.path.abspath(str(path))), say) if path is not None else None
        self._damaged: set[str] = set()
        super().__init__(path)
        if self._store:
            atexit.register(self._tell_outcome)

    def _readconfig(self, path: Any) -> None:
        """Read nothing: there is one format, and the directory is made when it is first written to."""

    def cachepath(self, node: Any) -> tuple[str | None, str | None]:
        """Return directory and file of a node's entry."""
        if not self._store or not self.is_enabled():
            return None, None
        path = self._store.path(node.get_cachedir_bsig())
        return str(path.parent), str(path)

    def get_cachedir_csig(self, node: Any) -> str | None:
        """Return the signature of the content that a node would get from here (asked by `scons -n`)."""
        entry = self._get(node)
        return hash_signature(entry.data) if entry else None

    def retrieve(self, node: Any) -> bool:
        """Give a node its file from here, and tell so; False if there is none, or none that is whole."""
        if not self._store or not self.is_enabled():
            return False
        self.requests += 1
        entry = self._get(node)
        if entry is None:
            self.CacheDebug("CacheRetrieve(%s):  %s not in cache\n", node, node.get_cachedir_bsig())
            return False
        self.hits += 1
        self.CacheDebug("CacheRetrieve(%s):  retrieving from %s\n", node, node.get_cachedir_bsig())
        if SCons.CacheDir.cache_show:
            node.build(presub=0, execute=0)
        elif SCons.Action.print_actions:
            print(f"Retrieved `{node.get_internal_path()}' from cache", flush=True)
        if SCons.Action.execute_actions:
            _place(Path(node.get_internal_path()), entry)
        return True

    def push(self, node: Any) -> None:
        """Keep a node's file here, unless it is a link, or here already."""
        if not self._store or not self.is_enabled() or self.is_readonly() or node.nocache:
            return
        key = node.get_cachedir_bsig()
        file = Path(node.get_internal_path())
        if file.is_symlink() or (key not in self._damaged and os.path.exists(self._store.path(key))):
            return
        self.CacheDebug("CachePush(%s):  pushing to %s\n", node, key)
        if self._store.put(key, Entry(file.read_bytes(), file.stat().st_mode & 0o777)):
            self._damaged.discard(key)

    def _get(self, node: Any) -> Entry | None:
        assert self._store
        key, before = node.get_cachedir_bsig(), self._store.damaged
        discard = not self.is_readonly() and bool(SCons.Action.execute_actions)
        entry = self._store.get(key, discard=discard)
        if self._store.damaged != before:
            self._damaged.add(key)
        return entry

    def _tell_outcome(self) -> None:
        if not self._store or not self.requests:
            return
        say(f"cache {self._store.root}: {self.hits} of {self.requests} files were in it")
        if self._store.damaged:
            say(f"cache {self._store.root}: {self._store.damaged} damaged entries were not used")


def _place(path: Path, entry: Entry) -> None:
    """Write a fetched file, by one rename: who is killed here leaves none."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(entry.data)
        part.chmod(entry.mode | 0o200)
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
