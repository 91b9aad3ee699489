"""The files that a registry is made of, wherever they lie: read only, by POSIX paths below one place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from tapsmith.diagnostics import Place, TapsmithError, fail

CONFIG = "config.json"
"""The file without which a tree is no registry."""


class FileTree(Protocol):
    """A tree of files that others may change at any moment, a whole file at a time."""

    @property
    def where(self) -> str:
        """Return what messages call the place."""
        ...

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        """Return a file of at most `limit` bytes; None if there is none.

        With `sha256` a copy that has it does, however old.  It is not a promise: who reads checks.
        TapsmithError: `registry-unreachable`, `bad-registry` for a larger one, `not-cached`.
        """
        ...

    def file(self, path: str) -> Path:
        """Return where messages say that a file lies; that one can be read."""
        ...

    def names(self, part: str) -> Iterable[str] | None:
        """Return the paths of the files below a directory of the tree; None if it cannot be listed."""
        ...


class DirectoryTree:
    """A directory of the file system; `name` is the registry's, `place` who names it."""

    def __init__(self, name: str, directory: Path, place: Place | None = None) -> None:
        self._name = name
        self._directory = directory
        self._place = place

    @property
    def where(self) -> str:
        return str(self._directory)

    def read(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        file = self._directory / path
        try:
            with file.open("rb") as stream:
                data = stream.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            if self._directory.is_dir():
                return None
            message = f"registry `{self._name}` cannot be reached: there is no such directory ({self.where})"
            raise fail(
                "registry-unreachable", message, self._place, "correct its `path`, or mount it"
            ) from None
        except OSError as error:
            message = f"registry `{self._name}` cannot be read: {error.strerror}"
            mend = "see who may read it, and whether it is whole"
            raise fail("registry-unreachable", message, Place(file), mend) from None
        if len(data) > limit:
            raise too_large(self._name, path, limit, Place(file))
        return data

    def file(self, path: str) -> Path:
        return self._directory / path

    def names(self, part: str) -> Iterable[str] | None:
        root = self._directory / part
        return (str(path.relative_to(root)) for path in root.rglob("*"))


def too_large(name: str, path: str, limit: int, place: Place | None) -> TapsmithError:
    """Return the refusal of a file that no registry of ours would have."""
    message = f"registry `{name}`: {path} is larger than {limit} bytes"
    return fail("bad-registry", message, place, "ask who keeps the registry")
