"""A registry's files on a static web server, by way of their copies in the cache.

Where the network is open each file is asked for once a run, with what the
server said of the copy: it answers only that nothing changed.  Else the copy
counts.  That there is no such file is kept as well: it was an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tapsmith.diagnostics import Place
from tapsmith.network import Network
from tapsmith.packages.copies import Copies
from tapsmith.packages.kept import Kept
from tapsmith.packages.tree import too_large

if TYPE_CHECKING:
    from tapsmith.packages.web import Client


class HttpTree:
    """The tree at `url`; `name` is the registry's, `place` who names it, `cache` tapsmith's."""

    def __init__(self, name: str, url: str, place: Place | None, cache: Path, network: Network) -> None:
        self._copies = Copies(name, url, place, cache, network)

    @property
    def where(self) -> str:
        return self._copies.url

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        network = self._copies.network
        known = self._copies.load(path, sha256)
        if known and (sha256 or network is not Network.OPEN):
            return known.body
        if network.is_closed:
            raise self._copies.lacking(path)
        return self._ask(path, limit, known)

    def file(self, path: str) -> Path:
        return self._copies.file(path)

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
            answer = self._client.get(f"{self.where.rstrip('/')}/{path}", limit, known.etag, known.modified)
        except TooLargeError:
            raise too_large(self._copies.name, path, limit, self._copies.place) from None
        except WebError as error:
            raise self._copies.unreachable(path, error) from None
        if answer.is_same:
            return known.body
        self._copies.save(path, Kept(answer.body, answer.etag, answer.modified))
        return answer.body
