"""A registry's files, of which nothing counts that is not signed.

Metadata is verified by python-tuf's `Updater`, the files by the hashes in it.
What was last seen is kept in the cache, so that nothing older is taken later:

    <cache>/signed/<hash of place and pinned root>/     timestamp.json and so on, as `Updater` keeps them
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.api.metadata import TargetFile
from tuf.api.serialization import DeserializationError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.packages.tree import FileTree
from tapsmith.signing.layout import SIGNED, blob_path

_CONFIG = UpdaterConfig(prefix_targets_with_hash=False, app_user_agent="tapsmith")
_ASK = "ask who keeps the registry, by another way than the registry"


class SignedTree:
    """What `files` have that is signed by the keys of `root`, a file of the project, or their successors.

    `name` is the registry's, `place` who names it, `cache` tapsmith's.
    """

    def __init__(self, name: str, files: FileTree, root: Path, place: Place | None, cache: Path) -> None:
        self._name = name
        self._files = files
        self._root = root
        self._place = place
        self._cache = cache
        self._updater: Updater | None = None
        self._fetcher = _Fetcher(files)
        self._lock = threading.RLock()
        self._refusal: TapsmithError | None = None
        self._blobs: dict[str, str] = {}

    @property
    def where(self) -> str:
        return self._files.where

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        """Return a file as `FileTree.read` does, if it is signed; an archive is checked by who reads it.

        TapsmithError: `unsigned-registry`, `bad-signature`, `signature-expired`,
        `registry-rolled-back`, `registry-mixed`, `tampered-file` as well.
        """
        if path.startswith("archives/"):
            return self._files.read(path, limit, sha256)
        target = self._target(path)
        if target is None:
            return None
        signed = target.hashes.get("sha256", "")
        self._blobs[path] = blob_path(signed)
        data = self._files.read(blob_path(signed), limit, signed)
        if data is None or hashlib.sha256(data).hexdigest() != signed:
            state = "is not there" if data is None else "is another"
            message = f"registry `{self._name}`: {path} {state}, not the file that was signed"
            raise fail("tampered-file", message, Place(self.file(path)), "fetch the registry's copy anew")
        return data

    def file(self, path: str) -> Path:
        return self._files.file(self._blobs.get(path, path))

    def names(self, part: str) -> Iterable[str] | None:
        # What can be listed need not be signed: the catalogue is.
        return None

    def _target(self, path: str) -> TargetFile | None:
        """Return what is signed of a file; the first refusal is that of all files."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            try:
                with self._told():
                    self._updater = self._updater or self._start()
                    return self._updater.get_targetinfo(path)
            except TapsmithError as error:
                self._refusal = error
                raise

    def _start(self) -> Updater:
        try:
            root = self._root.read_bytes()
        except OSError as error:
            message = f"the root of registry `{self._name}` cannot be read: {error.strerror}"
            raise fail("missing-file", message, self._place, f"put it into {self._root}") from None
        seed = self._files.where.encode() + b"\0" + root
        home = self._cache / "signed" / hashlib.sha256(seed).hexdigest()[:32]
        home.mkdir(parents=True, exist_ok=True)
        with _alone(home):
            updater = Updater(str(home), f"{SIGNED}/", fetcher=self._fetcher, config=_CONFIG, bootstrap=root)
            updater.refresh()
        return updater

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the library refuses into a TapsmithError."""
        try:
            yield
        except DownloadError as error:
            if self._fetcher.trouble:
                raise self._fetcher.trouble from None
            raise self._because("unsigned-registry", "is not signed, or not whole", error) from None
        except ExpiredMetadataError as error:
            why = "was signed too long ago: somebody may be holding newer versions back"
            raise self._because("signature-expired", why, error) from None
        except (BadVersionNumberError, LengthOrHashMismatchError) as error:
            if self._fetcher.last == "timestamp.json":
                why = "is older than it was when it was last read"
                raise self._because("registry-rolled-back", why, error) from None
            raise self._because("registry-mixed", "mixes old and new files", error) from None
        except (RepositoryError, DeserializationError) as error:
            why = "is not signed by enough of the keys that count, or damaged"
            raise self._because("bad-signature", why, error) from None
        except OSError as error:
            message = f"cannot keep what registry `{self._name}` is signed by: {error.strerror}"
            place = Place(Path(error.filename or self._cache))
            mend = "make room there, or set TAPSMITH_CACHE to a directory that can be written"
            raise fail("cannot-write", message, place, mend) from None

    def _because(self, code: str, message: str, error: Exception) -> TapsmithError:
        return fail(code, f"registry `{self._name}` {message} ({error})", self._place, _ASK)


class _Fetcher(FetcherInterface):
    """The files of a tree, as `Updater` asks for them."""

    def __init__(self, files: FileTree) -> None:
        self._files = files
        self.last = ""
        self.trouble: TapsmithError | None = None

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.last = url.rpartition("/")[2]
        try:
            data = self._files.read(url, _CONFIG.targets_max_length)
        except TapsmithError as error:
            self.trouble = error
            raise
        if data is None:
            raise DownloadHTTPError(f"there is no {url}", 404)
        yield data


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep other processes away while it is settled what is the newest."""
    descriptor = os.open(home / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
