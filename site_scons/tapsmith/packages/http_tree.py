"""A registry's files on a static web server, by way of a copy in the cache.

    <cache>/registries/<hash of the URL>/index/ma/ps/maps    a file as it was last seen: see `kept`

Where the network is open each file is asked for once a run, with what the
server said of the copy: it answers only that nothing changed.  Else the copy
counts.  That there is no such file is kept as well: it was an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.network import Network
from tapsmith.packages import kept
from tapsmith.packages.kept import Kept
from tapsmith.packages.tree import too_large

if TYPE_CHECKING:
    from tapsmith.packages.web import Client


class HttpTree:
    """The tree at `url`; `name` is the registry's, `place` who names it, `cache` tapsmith's."""

    def __init__(self, name: str, url: str, place: Place | None, cache: Path, network: Network) -> None:
        self.name = name
        self.url = url
        self.place = place
        self.network = network
        self._home = cache / "registries" / hashlib.sha256(url.encode()).hexdigest()[:32]

    @property
    def where(self) -> str:
        return self.url

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        known = kept.load(self.file(path))
        if sha256 and known and known.sha256 != sha256:
            known = None
        if known and (sha256 or self.network is not Network.OPEN):
            return known.body
        if self.network.is_closed:
            raise self._closed(path)
        return self._ask(path, limit, known)

    def file(self, path: str) -> Path:
        return self._home / path

    def names(self, part: str) -> Iterable[str] | None:
        # A web server lists nothing.
        return None

    @cached_property
    def _client(self) -> Client:
        from tapsmith.packages.web import PATIENCE, Client

        return Client(PATIENCE)

    def _ask(self, path: str, limit: int, known: Kept | None) -> bytes | None:
        # Here, since a build opens no connection, and the import takes a while.
        from tapsmith.packages.web import TooLargeError, WebError

        known = known or Kept(None)
        try:
            answer = self._client.get(f"{self.url.rstrip('/')}/{path}", limit, known.etag, known.modified)
        except TooLargeError:
            raise too_large(self.name, path, limit, self.place) from None
        except WebError as error:
            message = f"registry `{self.name}` cannot be reached: {error}"
            mend = f"see whether {self.url} answers; with --offline the copy in the cache counts"
            raise fail(
                "registry-unreachable", message, self.place, mend, f"it was asked for {path}"
            ) from None
        if answer.is_same:
            return known.body
        self._keep(path, Kept(answer.body, answer.etag, answer.modified))
        return answer.body

    def _keep(self, path: str, new: Kept) -> None:
        try:
            kept.save(self.file(path), new)
        except OSError as error:
            message = f"cannot keep what registry `{self.name}` sent in the cache: {error.strerror}"
            mend = "make room there, or set TAPSMITH_CACHE to a directory that can be written"
            raise fail("cannot-write", message, Place(self.file(path)), mend) from None

    def _closed(self, path: str) -> TapsmithError:
        """Return the refusal to ask for what the cache lacks."""
        message = f"registry `{self.name}`: {path} is not in the cache, and {self.network.value}"
        return fail("not-cached", message, self.place, self.network.mend)
