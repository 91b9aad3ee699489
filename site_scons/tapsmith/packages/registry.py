"""A registry, read only: what its files tell, wherever they lie.

    config.json                         {"format": 1, "name": NAME}
    index/ma/ps/maps                    a line a version: see `index`
    virtual/tr/an/transport             the fragments that provide it, a line each
    archives/ab/<SHA-256>.tar.gz        an archive, by its hash
    catalogue.jsonl                     a line a fragment, for searches: see `listings`

Names of one to three letters lie in 1/, 2/ and 3/<first letter>/, as in Cargo's index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.document import Report
from tapsmith.packages.archive import BOUNDS
from tapsmith.packages.index import RegistryRelease, decode
from tapsmith.packages.signed import LateSigned
from tapsmith.packages.tree import CONFIG, DirectoryTree, FileTree
from tapsmith.versions import MalformedError
from tapsmith.words import FRAGMENT_NAME

FORMAT = 1
CATALOGUE = "catalogue.jsonl"
LARGEST_TEXT = 32 << 20
"""No file of an index is larger, in bytes."""


class Registry:
    """The registry called `name` in a directory or another tree; what it has read it keeps.

    `place` is who names it.
    """

    def __init__(self, name: str, where: Path | FileTree, place: Place | None = None) -> None:
        self.name = name
        self._files: FileTree = DirectoryTree(name, where, place) if isinstance(where, Path) else where
        self.place = place
        self._releases: dict[str, tuple[RegistryRelease, ...]] = {}
        self._providers: dict[str, tuple[str, ...]] = {}

    def releases(self, name: str) -> Sequence[RegistryRelease]:
        """Return the releases of a fragment, newest first; none if it is unknown here.

        TapsmithError: `registry-unreachable`, `bad-registry`, and `bad-index` for each line that is damaged.
        """
        if name not in self._releases:
            self._releases[name] = self._read_releases(name)
        return self._releases[name]

    def providers(self, virtual: str) -> Sequence[str]:
        """Return the fragments of which a release provides a virtual name; errors as those of `releases`."""
        if virtual not in self._providers:
            text = self._read(f"virtual/{index_path(virtual)}") if _is_name(virtual) else None
            self._providers[virtual] = tuple(sorted(filter(_is_name, (text or "").splitlines())))
        return self._providers[virtual]

    def names(self) -> Iterable[str]:
        """Return the names of all fragments and virtual names; opens none of their files."""
        for part in ("index", "virtual"):
            paths = self._tree.names(part)
            if paths is None:
                yield from self._catalogued()
                return
            for path in paths:
                name = path.rpartition("/")[2]
                if _is_name(name) and index_path(name) == path:
                    yield name

    def _catalogued(self) -> Iterator[str]:
        """Give the names that the catalogue has, where nothing can be listed; they are for messages only."""
        text = ""
        with suppress(TapsmithError):
            text = self._read(CATALOGUE) or ""
        for line in filter(None, text.split("\n")):
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                kept = json.loads(line)
                yield from filter(_is_name, (kept["name"], *kept.get("provides", ())))

    def archive(self, sha256: str, label: str, asked: Place | None) -> tuple[bytes, Place]:
        """Return the archive with this SHA-256, checked, and where it lies.

        `label` is what messages call it, `asked` where it is named.
        TapsmithError: `registry-unreachable`, `missing-archive`, `bad-archive`.
        """
        path = archive_path(sha256)
        data = self._tree.read(path, BOUNDS.size, sha256)
        if data is None:
            message = f"registry `{self.name}` has no archive of {label}"
            raise fail("missing-archive", message, asked, f"put it there as {path}")
        place = Place(self._tree.file(path))
        if hashlib.sha256(data).hexdigest() != sha256:
            message = (
                f"the archive of {label} in registry `{self.name}` does not have the SHA-256 it is named by"
            )
            raise fail("bad-archive", message, place, "fetch the registry's copy anew")
        return data, place

    @property
    def where(self) -> str:
        """Return what messages call the place."""
        return self._files.where

    def text(self, path: str) -> str | None:
        """Return one of its files as it is now; None if it is not there.  TapsmithError as `releases`."""
        return self._read(path)

    def raw(self, path: str, limit: int, sha256: str = "") -> bytes | None:
        """Return a file as it lies there, whether it is signed or not; errors as those of `FileTree.read`."""
        tree = self._files.files if isinstance(self._files, LateSigned) else self._files
        return tree.read(path, limit, sha256)

    def parse(self, name: str, text: str) -> tuple[RegistryRelease, ...]:
        """Return what the text of a fragment's file of the index tells; TapsmithError: `bad-index`."""
        found = list(self._decode(name, self._files.file(f"index/{index_path(name)}"), text))
        return tuple(sorted(found, key=lambda release: release.version, reverse=True))

    def archive_file(self, sha256: str) -> Path:
        """Return where an archive lies, or its copy in the cache, if there is one."""
        return self._files.file(archive_path(sha256))

    def line(self, release: RegistryRelease) -> str:
        """Return the line of the index that one of its releases was read from."""
        assert release.place
        return (self._read(f"index/{index_path(release.name)}") or "").split("\n")[release.place.line - 1]

    def catalogue(self) -> tuple[str, Path] | None:
        """Return the text of the file that a search reads, and where it lies; None if there is none.

        TapsmithError as `releases`.
        """
        text = self._read(CATALOGUE)
        return None if text is None else (text, self._tree.file(CATALOGUE))

    @cached_property
    def _tree(self) -> FileTree:
        """Return the files, once config.json has been read."""
        text = self._text(self._files, CONFIG)
        if text is None:
            message = f"registry `{self.name}` cannot be reached: it has no config.json ({self._files.where})"
            raise fail("registry-unreachable", message, self.place, "correct its place, or mount it")
        place = Place(self._files.file("config.json"))
        try:
            config = json.loads(text)
            known = config["format"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise fail("bad-registry", f"registry `{self.name}` has a damaged config.json", place,
                       'write {"format": 1, "name": "NAME"}') from None  # fmt: skip
        if known != FORMAT:
            message = f"registry `{self.name}` is of format {known}; this tapsmith reads {FORMAT}"
            raise fail("bad-registry", message, place, "use the tapsmith that it is for")
        return self._files

    def _read_releases(self, name: str) -> tuple[RegistryRelease, ...]:
        path = f"index/{index_path(name)}"
        text = self._read(path) if _is_name(name) else None
        return self.parse(name, text) if text is not None else ()

    def _decode(self, name: str, path: Path, text: str) -> Iterator[RegistryRelease]:
        report = Report()
        seen = set()
        # Not splitlines: a summary may hold what that takes for the end of a line.
        for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
            place = Place(path, number)
            try:
                release = decode(line, name, self.name, place)
                if release.version in seen:
                    raise MalformedError(f"it is damaged: {release.version} is listed twice")
            except MalformedError as error:
                message = f"registry `{self.name}`, index of {name}: {error}"
                report.add("bad-index", message, place, "fetch the registry's copy anew")
                continue
            seen.add(release.version)
            yield release
        report.check()

    def _read(self, path: str) -> str | None:
        """Return the text of a file, or None if it is not there."""
        return self._text(self._tree, path)

    def _text(self, tree: FileTree, path: str) -> str | None:
        data = tree.read(path, LARGEST_TEXT)
        try:
            return None if data is None else data.decode("utf-8")
        except UnicodeDecodeError:
            message = f"registry `{self.name}` cannot be read: {path} is no text"
            mend = "see whether it is whole"
            raise fail("registry-unreachable", message, Place(tree.file(path)), mend) from None


def _is_name(name: str) -> bool:
    """Tell whether a registry can have a file for a name: nothing else may become a path."""
    return FRAGMENT_NAME.matches(name)


def index_path(name: str) -> str:
    """Return where a name's file lies below index/ or virtual/."""
    if len(name) < 3:
        return f"{len(name)}/{name}"
    return f"3/{name[0]}/{name}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}/{name}"


def archive_path(sha256: str) -> str:
    """Return where an archive lies in a registry."""
    return f"archives/{sha256[:2]}/{sha256}.tar.gz"
