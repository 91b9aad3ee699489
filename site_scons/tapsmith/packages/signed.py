"""A signed registry's files, of which the library that verifies them is imported at the first use."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from tapsmith.diagnostics import Place
from tapsmith.packages.tree import FileTree


class LateSigned:
    """As `SignedTree`.  A build by a lock opens registries, but reads nothing of them."""

    def __init__(self, name: str, files: FileTree, root: Path, place: Place | None, cache: Path) -> None:
        self._of = (name, files, root, place, cache)
        self.files = files

    @property
    def where(self) -> str:
        return self._tree.where

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        return self._tree.read(path, limit, sha256)

    def file(self, path: str) -> Path:
        return self._tree.file(path)

    def names(self, part: str) -> Iterable[str] | None:
        return self._tree.names(part)

    @cached_property
    def _tree(self) -> FileTree:
        # Here, since the import takes a while.
        from tapsmith.signing.signed_tree import SignedTree

        return SignedTree(*self._of)
