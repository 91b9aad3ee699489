"""A registry's files where mirrors of it have them as well."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from tapsmith.diagnostics import TapsmithError
from tapsmith.packages.tree import CONFIG, FileTree

_ELSEWHERE = {"registry-unreachable", "not-cached", "bad-registry"}
"""The refusals after which another copy is looked at."""


class MirroredTree:
    """The tree `own`, and copies of it that nobody need trust.

    What is named by its hash comes from the first mirror that has it, and from `own` last.  What may
    change is asked of `own`, of mirrors only where that cannot be reached: they may be behind.
    """

    def __init__(self, own: FileTree, mirrors: Sequence[FileTree]) -> None:
        self._own = own
        self._mirrors = tuple(mirrors)
        self._down: set[FileTree] = set()

    @property
    def where(self) -> str:
        return self._own.where

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        refusal: TapsmithError | None = None
        # A mirror without config.json is none: another may be.
        is_absent = False
        for tree in (*self._mirrors, self._own) if sha256 else (self._own, *self._mirrors):
            if tree in self._down:
                continue
            try:
                data = tree.read(path, limit, sha256)
            except TapsmithError as error:
                if not _ELSEWHERE.issuperset(error.codes):
                    raise
                # A place that takes a while to say that it cannot be reached is not asked again.
                self._down |= {tree} if error.codes == ("registry-unreachable",) else set()
                refusal = error if tree is self._own or refusal is None else refusal
                continue
            is_it = data is not None and (not sha256 or hashlib.sha256(data).hexdigest() == sha256)
            if is_it or tree is self._own:
                return data
            is_absent = not sha256 and path != CONFIG
        if is_absent:
            return None
        if refusal is None:
            # All have been down before.
            return self._own.read(path, limit, sha256)
        raise refusal

    def file(self, path: str) -> Path:
        found = (tree.file(path) for tree in (self._own, *self._mirrors))
        return next((file for file in found if file.is_file()), self._own.file(path))

    def names(self, part: str) -> Iterable[str] | None:
        # The catalogue lists what there is, whoever has it.
        return None if self._mirrors else self._own.names(part)
