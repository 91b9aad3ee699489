"""A registry in a directory with just what locks need of another one.

It is brought up to date in place: what is new comes first, and what is not
needed any more goes last, so that it can be used at any moment.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tapsmith import atomic
from tapsmith.diagnostics import Place, fail
from tapsmith.packages.catalogue_write import catalogue_text
from tapsmith.packages.index import RegistryRelease
from tapsmith.packages.lock import Entry
from tapsmith.packages.registry import CATALOGUE, FORMAT, Registry, archive_path, index_path
from tapsmith.packages.registry_lock import DRAFTS
from tapsmith.packages.writing import told
from tapsmith.parallel import each

_MARK = "vendored"


@dataclass(frozen=True)
class Vendored:
    """A registry that was written, the entries of locks that it serves, and the bytes of its archives."""

    name: str
    directory: Path
    entries: tuple[Entry, ...]
    size: int


def vendor(registry: Registry, entries: Iterable[Entry], directory: Path) -> Vendored:
    """Make `directory` a registry with the releases of a registry that entries of locks name.

    TapsmithError: `exists` where something else is there, `content-changed`, `cannot-write`, and
    what reading the registry raises; before anything is written, unless it cannot be.
    """
    wanted = tuple(entries)
    _check_ours(directory)
    releases = [_release(registry, entry) for entry in wanted]
    archives = each(lambda entry: _archive(registry, entry), wanted)
    files: dict[str, bytes] = {"config.json": _config(registry.name)}
    files |= {archive_path(e["archive"]): data for e, data in zip(wanted, archives, strict=True)}
    files |= _virtual(releases)
    files |= _index(registry, releases)
    with told(directory):
        for path, data in files.items():
            if not _has(directory / path, data):
                atomic.write_durably(directory / path, data, directory / DRAFTS)
        written = Registry(registry.name, directory)
        catalogue = catalogue_text(written, None, {release.name for release in releases}).encode()
        atomic.write_durably(directory / CATALOGUE, catalogue, directory / DRAFTS)
        _remove_others(directory, files.keys() | {CATALOGUE})
    return Vendored(registry.name, directory, wanted, sum(map(len, archives)))


def _release(registry: Registry, entry: Entry) -> RegistryRelease:
    for release in registry.releases(entry.name):
        if release.archive == entry["archive"] and release.version == entry.version:
            return release
    message = f"registry `{registry.name}` has no {entry.name} {entry['version']} with the files of the lock"
    raise fail("content-changed", message, entry.place, "ask who publishes it, or update to another version")


def _archive(registry: Registry, entry: Entry) -> bytes:
    return registry.archive(entry["archive"], f"{entry.name} {entry['version']}", entry.place)[0]


def _config(name: str) -> bytes:
    return (json.dumps({"format": FORMAT, "name": name, _MARK: True}) + "\n").encode()


def _virtual(releases: Iterable[RegistryRelease]) -> dict[str, bytes]:
    providers: dict[str, set[str]] = {}
    for release in releases:
        for virtual in release.provides:
            providers.setdefault(f"virtual/{index_path(virtual)}", set()).add(release.name)
    return {path: _lines(sorted(names)) for path, names in providers.items()}


def _index(registry: Registry, releases: Iterable[RegistryRelease]) -> dict[str, bytes]:
    """Return the lines of releases as they are, by the files that they are in."""
    lines: dict[str, list[str]] = {}
    for release in sorted(releases, key=lambda release: (release.name, release.version)):
        lines.setdefault(f"index/{index_path(release.name)}", []).append(registry.line(release))
    return {path: _lines(found) for path, found in lines.items()}


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _has(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _check_ours(directory: Path) -> None:
    """Refuse a directory that holds anything else: what is not needed is going to be removed."""
    try:
        config: Mapping[str, object] = json.loads((directory / "config.json").read_bytes())
        is_ours = config.get(_MARK) is True
    except (OSError, ValueError, AttributeError, RecursionError):
        is_ours = not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))
    if not is_ours:
        message = f"{directory} is there already, and `tapsmith vendor` did not make it"
        raise fail("exists", message, Place(directory), "name another directory, or remove it")


def _remove_others(directory: Path, paths: Collection[str]) -> None:
    for part in ("index", "virtual", "archives"):
        for path in sorted((directory / part).rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            elif not path.is_dir() and str(path.relative_to(directory)) not in paths:
                path.unlink()
    shutil.rmtree(directory / DRAFTS, ignore_errors=True)
