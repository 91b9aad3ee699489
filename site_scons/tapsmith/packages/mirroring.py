"""A copy of a registry in a directory, whole or what locks need of it, brought up to date again and again.

Each file appears whole, in an order in which a reader never meets a name
without what it stands for: archives, virtual names, the index of what is
required before that of what requires it, the catalogue; config.json is the
last file of a new mirror.  So it may be killed at any moment, and be read
meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tapsmith import atomic
from tapsmith.catalogue import listing_of_release
from tapsmith.diagnostics import fail
from tapsmith.packages.index import RegistryRelease
from tapsmith.packages.listings import listing_line, newest
from tapsmith.packages.lock import Entry
from tapsmith.packages.mirror_mark import check_same, mark
from tapsmith.packages.mirror_signatures import Signatures
from tapsmith.packages.registry import CATALOGUE, Registry, archive_path, index_path
from tapsmith.packages.registry_lock import DRAFTS, write_lock
from tapsmith.packages.tree import CONFIG
from tapsmith.packages.writing import told
from tapsmith.parallel import each

Say = Callable[[str], None]


@dataclass(frozen=True)
class Mirrored:
    """What is in a mirror now, and what of it is new."""

    directory: Path
    fragments: int
    versions: int
    new_archives: int
    new_bytes: int


@dataclass(frozen=True)
class _Page:
    """A fragment's file of the index as it is to be, and what it tells."""

    name: str
    text: str
    releases: Sequence[RegistryRelease]


def mirror(source: Registry, directory: Path, say: Say, entries: Collection[Entry] | None = None) -> Mirrored:
    """Bring a mirror up to date: with all of a registry, or what it has and `entries` of locks name.

    TapsmithError: `exists` where something else is there, `content-changed` where the registry has other
    files of a version than the mirror or has lost it, `cannot-write`, and what reading the registry raises.
    """
    check_same(directory, source)
    with told(directory):
        directory.mkdir(parents=True, exist_ok=True)
        with write_lock(directory, (), say):
            mark(directory, source)
            return _Mirror(source, directory).update(entries)


class _Mirror:
    """A mirror that this process alone writes to."""

    def __init__(self, source: Registry, directory: Path) -> None:
        self._source = source
        self._directory = directory
        is_new = not (directory / CONFIG).is_file()
        self._old = None if is_new else Registry(source.name, directory)

    def update(self, entries: Collection[Entry] | None) -> Mirrored:
        # Before the index: what they lead to is there then.
        signatures = Signatures(self._source) if entries is None else None
        catalogue = self._source.text(CATALOGUE) if entries is None else None
        pages = self._all() if entries is None else self._some(entries)
        sizes = each(self._archive, [release for page in pages for release in page.releases])
        for virtual, names in _virtual(pages).items():
            path = f"virtual/{index_path(virtual)}"
            whole = self._source.text(path) if entries is None else None
            self._write(path, whole or "".join(f"{name}\n" for name in sorted(names)))
        for page in _by_requirement(pages):
            self._write(f"index/{index_path(page.name)}", page.text)
        self._write(CATALOGUE, catalogue or "".join(_line(page) for page in pages if page.releases))
        for path, data in signatures.files() if signatures else ():
            self._write_bytes(path, data)
        self._write(CONFIG, self._source.text(CONFIG) or "")
        return Mirrored(self._directory, len(pages), len(sizes), sum(map(bool, sizes)), sum(sizes))

    def _all(self) -> list[_Page]:
        names = set(self._source.names())
        if not names and self._source.text(CATALOGUE) is None:
            message = f"registry `{self._source.name}` has no {CATALOGUE}, which lists what there is"
            mend = "whoever publishes there next makes it; what locks need can be mirrored by --locks"
            raise fail("bad-registry", message, self._source.place, mend)
        for name in sorted(set(self._old.names() if self._old else ()) - names):
            self._check(name, ())
        return [page for page in each(self._page, sorted(names)) if page]

    def _page(self, name: str) -> _Page | None:
        text = self._source.text(f"index/{index_path(name)}")
        releases = self._source.parse(name, text) if text else ()
        self._check(name, releases)
        return _Page(name, text, releases) if text else None

    def _some(self, entries: Collection[Entry]) -> list[_Page]:
        """Return what the mirror has, and what entries name, as the registry has it now."""
        wanted: dict[str, set[str]] = {}
        for entry in entries:
            wanted.setdefault(entry.name, set()).add(entry["archive"])
        for name in self._old.names() if self._old else ():
            for release in self._old.releases(name) if self._old else ():
                wanted.setdefault(name, set()).add(release.archive)
        return each(lambda name: self._part(name, wanted[name]), sorted(wanted))

    def _part(self, name: str, archives: Collection[str]) -> _Page:
        releases = [found for found in self._source.releases(name) if found.archive in archives]
        self._check(name, releases)
        missing = set(archives) - {release.archive for release in releases}
        if missing:
            message = f"registry `{self._source.name}` has no {name} with the files of the lock"
            raise fail("content-changed", message, mend="ask who keeps it, or update to another version")
        lines = [self._source.line(release) for release in reversed(releases)]
        return _Page(name, "".join(f"{line}\n" for line in lines), releases)

    def _check(self, name: str, releases: Iterable[RegistryRelease]) -> None:
        """Refuse to lose a version that the mirror has, or to put another in its place."""
        now = {release.version: release for release in releases}
        for old in self._old.releases(name) if self._old else ():
            new = now.get(old.version)
            if new is None or (new.archive, new.sha256) != (old.archive, old.sha256):
                what = "other files of" if new else "no longer"
                message = (
                    f"registry `{self._source.name}` has {what} {name} {old.version}, which the mirror has"
                )
                mend = "ask who keeps it; to follow it all the same, mirror into a new directory"
                raise fail("content-changed", message, old.place, mend)

    def _archive(self, release: RegistryRelease) -> int:
        """See that an archive is there; return how many bytes were copied for that."""
        path = self._directory / archive_path(release.archive)
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == release.archive:
            return 0
        label = f"{release.name} {release.version}"
        data = self._source.archive(release.archive, label, release.place)[0]
        atomic.write_durably(path, data, self._directory / DRAFTS)
        return len(data)

    def _write(self, path: str, text: str) -> None:
        self._write_bytes(path, text.encode())

    def _write_bytes(self, path: str, data: bytes) -> None:
        file = self._directory / path
        if not file.is_file() or file.read_bytes() != data:
            atomic.write_durably(file, data, self._directory / DRAFTS)


def _virtual(pages: Iterable[_Page]) -> Mapping[str, set[str]]:
    """Return the virtual names that pages provide, and who does."""
    found: dict[str, set[str]] = {}
    for page in pages:
        for release in page.releases:
            for virtual in release.provides:
                found.setdefault(virtual, set()).add(page.name)
    return found


def _line(page: _Page) -> str:
    return f"{listing_line(listing_of_release(newest(page.releases)))}\n"


def _by_requirement(pages: Iterable[_Page]) -> list[_Page]:
    """Return pages, each after those that it requires, where that goes."""
    known = {page.name: page for page in pages}
    graph = {
        name: {r.name for release in page.releases for r in release.requires} & (known.keys() - {name})
        for name, page in known.items()
    }
    try:
        return [known[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError:
        # Versions of two fragments may require each other in turn.
        return list(known.values())
