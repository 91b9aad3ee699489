"""What signs a registry, to be copied with it: nothing of it is believed here, readers verify it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from tapsmith.diagnostics import fail
from tapsmith.packages.registry import LARGEST_TEXT, Registry

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\.json", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TIMESTAMP = "signed/timestamp.json"
SIGNED_FILES = "signed/files"
"""Where the content of signed files lies, by its SHA-256."""


class Signatures:
    """The state that a registry's timestamp leads to now; nothing where it is not signed."""

    def __init__(self, source: Registry) -> None:
        self._source = source
        self._timestamp = source.raw(_TIMESTAMP, LARGEST_TEXT)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Give the files, each after those that it leads to.

        TapsmithError: `bad-registry` where one is missing or damaged, and what reading raises.
        """
        if self._timestamp is None:
            return
        try:
            snapshot = f"signed/{self._meta(self._timestamp)['snapshot.json']}.snapshot.json"
            below = [f"signed/{n}.{name}" for name, n in self._meta(self._read(snapshot)).items()]
            for path in below:
                for sha256 in sorted(self._contents(self._read(path))):
                    yield f"{SIGNED_FILES}/{sha256[:2]}/{sha256}", self._content(sha256)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise self._damaged("what signs it cannot be read") from None
        yield from self._roots()
        for path in (*below, snapshot):
            yield path, self._read(path)
        yield _TIMESTAMP, self._timestamp

    def _roots(self) -> Iterator[tuple[str, bytes]]:
        for number in count(1):
            path = f"signed/{number}.root.json"
            data = self._source.raw(path, LARGEST_TEXT)
            if data is None:
                return
            yield path, data

    def _meta(self, data: bytes) -> dict[str, int]:
        """Return the files that a piece of metadata names, with their versions."""
        found = {name: meta["version"] for name, meta in _signed(data)["meta"].items()}
        if not all(_NAME.fullmatch(name) and type(number) is int for name, number in found.items()):
            raise ValueError("no name becomes a path that is not plain")
        return found

    def _contents(self, data: bytes) -> set[str]:
        found = {target["hashes"]["sha256"] for target in _signed(data)["targets"].values()}
        if not all(_SHA256.fullmatch(sha256) for sha256 in found):
            raise ValueError("no SHA-256")
        return found

    def _content(self, sha256: str) -> bytes:
        data = self._read(f"{SIGNED_FILES}/{sha256[:2]}/{sha256}", sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise self._damaged(f"{SIGNED_FILES}/{sha256[:2]}/{sha256} is another file")
        return data

    def _read(self, path: str, sha256: str = "") -> bytes:
        data = self._source.raw(path, LARGEST_TEXT, sha256)
        if data is None:
            raise self._damaged(f"{path} is missing")
        return data

    def _damaged(self, why: str) -> Exception:
        message = f"registry `{self._source.name}` is not signed as a whole: {why}"
        return fail(
            "bad-registry", message, self._source.place, "do it again; if it stays so, ask who keeps it"
        )


def _signed(data: bytes) -> Any:
    return json.loads(data)["signed"]
