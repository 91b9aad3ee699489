"""A registry's files in an OCI registry, by way of their copies in the cache.

What the tag stands for is asked once a run, with what the server said of the
copy; all else has a name by its hash, and a copy with that hash counts for ever.
So where nothing changed, that is the only question.  Where the network is not
open, a file is what it was when it was last seen, as with `http_tree`.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.network import Network
from tapsmith.packages.copies import Copies
from tapsmith.packages.kept import Kept
from tapsmith.packages.oci import (
    INDEX_TYPE,
    LARGEST_MANIFEST,
    MANIFEST_TYPE,
    Blob,
    decode_index,
    decode_manifest,
    find_part,
    parse_place,
)
from tapsmith.packages.tree import too_large

if TYPE_CHECKING:
    from tapsmith.packages.oci_client import OciClient
    from tapsmith.packages.web import Answer

_INDEX = "oci/index"
_ACCEPT = {"manifests": f"{INDEX_TYPE}, {MANIFEST_TYPE}", "blobs": ""}


class OciTree:
    """The tree at `url`, an `oci://`; `name` is the registry's, `place` who names it, `cache` tapsmith's."""

    def __init__(self, name: str, url: str, place: Place | None, cache: Path, network: Network) -> None:
        self._copies = Copies(name, url, place, cache, network)
        self._at = parse_place(url)
        self._index: Mapping[str, Blob] = {}
        self._refusal: TapsmithError | None = None
        self._parts: dict[str, Mapping[str, Blob]] = {}
        self._lock = threading.RLock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @property
    def where(self) -> str:
        return self._copies.url

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        if sha256:
            return self._blob(path, limit, sha256)
        network = self._copies.network
        known = self._copies.load(path)
        if known and network is not Network.OPEN:
            return known.body
        if network.is_closed:
            raise self._copies.lacking(path)
        blob = self._find(path)
        if blob is None:
            if known is None or known.body is not None:
                self._copies.save(path, Kept(None))
            return None
        if blob.size > limit:
            raise too_large(self._copies.name, path, limit, self._copies.place)
        return self._checked(path, self._blob(path, limit, blob.sha256), blob.sha256)

    def file(self, path: str) -> Path:
        return self._copies.file(path)

    def names(self, part: str) -> Iterable[str] | None:
        # Each part would have to be read: the catalogue lists what there is.
        return None

    def _find(self, path: str) -> Blob | None:
        """Return what a file is now; None if there is none."""
        part = find_part(self._top(), path)
        return self._part(part.sha256).get(path) if part else None

    def _top(self) -> Mapping[str, Blob]:
        """Return the parts that there are; the first refusal is that of all files."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            try:
                self._index = self._index or self._read_index()
            except TapsmithError as error:
                self._refusal = error
                raise
            return self._index

    def _read_index(self) -> Mapping[str, Blob]:
        known = self._copies.load(_INDEX, self._at.digest) or Kept(None)
        if known.body and self._at.digest:
            return self._decoded(decode_index, known.body, self._at.reference)
        answer = self._ask("manifests", self._at.reference, LARGEST_MANIFEST, known.etag)
        body = known.body if answer.is_same else answer.body
        if body is None:
            why = f"{self._at.host} has no {self._at.reference} of {self._at.repository}"
            mend = "correct the URL; see whether anybody may read it"
            raise self._copies.unreachable(self._at.reference, why, mend)
        if self._at.digest:
            self._checked(self._at.reference, body, self._at.digest)
        index = self._decoded(decode_index, body, self._at.reference)
        if not answer.is_same:
            self._copies.save(_INDEX, Kept(body, answer.etag))
        return index

    def _part(self, sha256: str) -> Mapping[str, Blob]:
        with self._locks[sha256]:
            if sha256 not in self._parts:
                path = f"oci/parts/{sha256}"
                data = self._checked(path, self._blob(path, LARGEST_MANIFEST, sha256, "manifests"), sha256)
                self._parts[sha256] = self._decoded(decode_manifest, data, path)
            return self._parts[sha256]

    def _blob(self, path: str, limit: int, sha256: str, kind: str = "blobs") -> bytes | None:
        """Return what has a hash, unless the server sends something else: who reads checks."""
        known = self._copies.load(path, sha256)
        if known:
            return known.body
        if self._copies.network.is_closed:
            raise self._copies.lacking(path)
        answer = self._ask(kind, f"sha256:{sha256}", limit)
        # What is wrong is not kept: it would hide the copy of what was right.
        if answer.body is not None and hashlib.sha256(answer.body).hexdigest() == sha256:
            self._copies.save(path, Kept(answer.body))
        return answer.body

    @cached_property
    def _client(self) -> OciClient:
        from tapsmith.packages.oci_client import OciClient

        return OciClient(self._at.base)

    def _ask(self, kind: str, reference: str, limit: int, etag: str = "") -> Answer:
        # Here, since a build opens no connection, and the import takes a while.
        from tapsmith.packages.web import LoginError, TooLargeError, WebError

        try:
            return self._client.get(f"{kind}/{reference}", limit, etag, _ACCEPT[kind])
        except TooLargeError:
            raise too_large(self._copies.name, reference, limit, self._copies.place) from None
        except LoginError as error:
            mend = "let anybody read it, or mirror it to where that is so: no password is ever sent"
            raise self._copies.unreachable(reference, error, mend) from None
        except WebError as error:
            raise self._copies.unreachable(reference, error) from None

    def _checked(self, path: str, data: bytes | None, sha256: str) -> bytes:
        """Return what was sent, if it is what was asked for; TapsmithError: `bad-registry`."""
        if data is not None and hashlib.sha256(data).hexdigest() == sha256:
            return data
        state = "is not there" if data is None else "is something else"
        message = f"registry `{self._copies.name}`: {path}, which is to be sha256:{sha256}, {state}"
        mend = "try once more, it may have changed meanwhile; then copy the registry to its server anew"
        raise fail("bad-registry", message, self._copies.place, mend)

    def _decoded(
        self, decode: Callable[[bytes], Mapping[str, Blob]], data: bytes, what: str
    ) -> Mapping[str, Blob]:
        try:
            return decode(data)
        except ValueError as error:
            where = f"{what} of {self._at.repository}"
            message = f"registry `{self._copies.name}`: {where} is no registry of fragments: {error}"
            mend = f"see what {self.where} is; `tapsmith export` makes what belongs there"
            raise fail("bad-registry", message, self._copies.place, mend) from None
