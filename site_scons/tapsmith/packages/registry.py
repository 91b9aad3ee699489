"""A registry in a directory, read only.

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
from functools import cached_property
from pathlib import Path

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.document import Report
from tapsmith.packages.archive import BOUNDS
from tapsmith.packages.index import RegistryRelease, decode
from tapsmith.versions import MalformedError

FORMAT = 1
CATALOGUE = "catalogue.jsonl"
_NAMES = "abcdefghijklmnopqrstuvwxyz0123456789_"


class Registry:
    """The registry called `name` in `directory`; what it has read it keeps.  `place` is who names it."""

    def __init__(self, name: str, directory: Path, place: Place | None = None) -> None:
        self.name = name
        self.directory = directory
        self._place = place
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
            text = self._read(self._root / "virtual" / index_path(virtual))
            known = [line for line in (text or "").splitlines() if set(line) <= set(_NAMES)]
            self._providers[virtual] = tuple(sorted(filter(None, known)))
        return self._providers[virtual]

    def names(self) -> Iterable[str]:
        """Return the names of all fragments and virtual names; opens none of their files."""
        for part in ("index", "virtual"):
            for path in (self._root / part).rglob("*"):
                if path.name[:1] != "." and index_path(path.name) == str(path.relative_to(self._root / part)):
                    yield path.name

    def archive(self, sha256: str, label: str, asked: Place | None) -> tuple[bytes, Place]:
        """Return the archive with this SHA-256, checked, and where it lies.

        `label` is what messages call it, `asked` where it is named.
        TapsmithError: `registry-unreachable`, `missing-archive`, `bad-archive`.
        """
        path = self._root / archive_path(sha256)
        if not path.is_file():
            message = f"registry `{self.name}` has no archive of {label}"
            raise fail("missing-archive", message, asked, f"put it there as {archive_path(sha256)}")
        try:
            with path.open("rb") as file:
                data = file.read(BOUNDS.size + 1)
        except OSError as error:
            raise self._unreachable(path, error) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            message = (
                f"the archive of {label} in registry `{self.name}` does not have the SHA-256 it is named by"
            )
            raise fail("bad-archive", message, Place(path), "fetch the registry's copy anew")
        return data, Place(path)

    def catalogue(self) -> tuple[str, Path] | None:
        """Return the text of the file that a search reads, and where it lies; None if there is none.

        TapsmithError as `releases`.
        """
        text = self._read(self._root / CATALOGUE)
        return None if text is None else (text, self._root / CATALOGUE)

    @cached_property
    def _root(self) -> Path:
        """Return the directory, once its config.json has been read."""
        path = self.directory / "config.json"
        text = self._read(path)
        if text is None:
            where = "there is no such directory" if not self.directory.is_dir() else "it has no config.json"
            message = f"registry `{self.name}` cannot be reached: {where} ({self.directory})"
            raise fail("registry-unreachable", message, self._place, "correct its `path`, or mount it")
        try:
            config = json.loads(text)
            known = config["format"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise fail("bad-registry", f"registry `{self.name}` has a damaged config.json", Place(path),
                       'write {"format": 1, "name": "NAME"}') from None  # fmt: skip
        if known != FORMAT:
            message = f"registry `{self.name}` is of format {known}; this tapsmith reads {FORMAT}"
            raise fail("bad-registry", message, Place(path), "use the tapsmith that it is for")
        return self.directory

    def _read_releases(self, name: str) -> tuple[RegistryRelease, ...]:
        path = self._root / "index" / index_path(name)
        text = self._read(path)
        found = list(self._decode(name, path, text)) if text is not None else []
        found.sort(key=lambda release: release.version, reverse=True)
        return tuple(found)

    def _decode(self, name: str, path: Path, text: str) -> Iterator[RegistryRelease]:
        report = Report()
        seen = set()
        for number, line in enumerate(text.splitlines(), 1):
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

    def _read(self, path: Path) -> str | None:
        """Return the text of a file, or None if it is not there."""
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreachable(path, error) from None

    def _unreachable(self, path: Path, error: OSError | UnicodeDecodeError) -> TapsmithError:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"registry `{self.name}` cannot be read: {why}"
        return fail(
            "registry-unreachable", message, Place(path), "see who may read it, and whether it is whole"
        )


def index_path(name: str) -> str:
    """Return where a name's file lies below index/ or virtual/."""
    if len(name) < 3:
        return f"{len(name)}/{name}"
    return f"3/{name[0]}/{name}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}/{name}"


def archive_path(sha256: str) -> str:
    """Return where an archive lies in a registry."""
    return f"archives/{sha256[:2]}/{sha256}.tar.gz"
