"""Writing to a registry in a directory.

One writer at a time (`registry_lock`).  Each file appears whole, by a rename,
in an order in which a reader never meets a name without what it stands for:
archive, virtual names, index, catalogue.  So a writer may be killed at any
moment; the same again brings the registry to where it would have been.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tapsmith import atomic
from tapsmith.diagnostics import Place, fail
from tapsmith.manifest import Fragment
from tapsmith.packages.additions import Addition, plan
from tapsmith.packages.catalogue_write import catalogue_text
from tapsmith.packages.registry import CATALOGUE, FORMAT, Registry, archive_path, index_path
from tapsmith.packages.registry_lock import DRAFTS, write_lock
from tapsmith.packages.writing import told
from tapsmith.signing.layout import is_signed
from tapsmith.versions import Version
from tapsmith.words import FRAGMENT_NAME

Say = Callable[[str], None]


class Sign(Protocol):
    """What signs a registry."""

    def check(self, directory: Path) -> None:
        """Refuse a registry in which something changed that nobody signed."""
        ...

    def sign(self, directory: Path) -> None:
        """Sign what the files of a registry are now."""
        ...


@dataclass(frozen=True)
class Writable:
    """A registry in a directory, and what messages call it."""

    name: str
    directory: Path

    def open(self) -> Registry:
        """Return it for reading, as it is now."""
        return Registry(self.name, self.directory)


def make_registry(directory: Path, name: str) -> None:
    """Make an empty registry; nothing if one is there.  TapsmithError: `cannot-write`."""
    with told(directory):
        directory.mkdir(parents=True, exist_ok=True)
        with write_lock(directory, (), lambda message: None):
            if not (directory / "config.json").exists():
                text = json.dumps({"format": FORMAT, "name": name}) + "\n"
                _write(directory, "config.json", text.encode())


def publish(
    directory: Path,
    fragments: Sequence[Fragment],
    say: Say = lambda message: None,
    sign: Sign | None = None,
) -> tuple[Addition, ...]:
    """Add versions of one or more fragments, in this order; return what was added, or there before.

    TapsmithError: what `plan` raises, and `key-needed` where a registry is signed and `sign` is
    None, before anything is written; `cannot-write`.
    """
    names = [fragment.name for fragment in fragments]
    with told(directory):
        # What is no registry is told before a file is made in it.
        Registry(directory.name, directory).releases(names[0])
        _check_signer(directory, sign)
        with write_lock(directory, names, say) as undone:
            _check_signed(directory, sign, undone)
            registry = Registry(directory.name, directory)
            additions = tuple(plan(registry, fragment) for fragment in fragments)
            for addition in additions:
                _add(directory, registry, addition)
            refresh_catalogue(directory, {*names, *undone})
            if sign:
                sign.sign(directory)
    return additions


def add_to_registry(directory: Path, fragment: Fragment) -> str:
    """Add a fragment's version to a registry, unchecked; return the SHA-256 of its archive.

    TapsmithError as `publish`.
    """
    (addition,) = publish(directory, [fragment])
    return addition.known.archive if addition.known else addition.archive


def yank(
    directory: Path,
    name: str,
    version: str,
    reason: str | None,
    say: Say = lambda message: None,
    sign: Sign | None = None,
) -> bool:
    """Mark a version as one nobody should take any more, for a reason; None takes the mark away.

    Return whether that changed anything.  TapsmithError: `unknown-version`, `bad-reason`,
    `key-needed`, `cannot-write`, and what reading the registry raises.
    """
    if reason is not None and (not reason.strip() or not reason.isprintable()):
        raise fail("bad-reason", "a reason is one line that can be printed", mend="write why, in a few words")
    with told(directory):
        Registry(directory.name, directory).releases(name)
        _check_signer(directory, sign)
        with write_lock(directory, [name], say) as undone:
            _check_signed(directory, sign, undone)
            changed = _mark(directory, name, version, reason)
            refresh_catalogue(directory, {name, *undone})
            if sign:
                sign.sign(directory)
    return changed


def _add(directory: Path, registry: Registry, addition: Addition) -> None:
    """Write what is not there yet."""
    name = addition.fragment.name
    wanted = addition.known.archive if addition.known else addition.archive
    path = archive_path(wanted)
    if wanted == addition.archive and not (directory / path).is_file():
        _write(directory, path, addition.data)
    for virtual in addition.fragment.provides:
        known = registry.providers(virtual)
        if name not in known:
            text = "".join(f"{provider}\n" for provider in sorted({*known, name}))
            _write(directory, f"virtual/{index_path(virtual)}", text.encode())
    if not addition.known:
        index = directory / "index" / index_path(name)
        before = index.read_text(encoding="utf-8").rstrip("\n") if index.is_file() else ""
        text = f"{before}\n{addition.line}\n".lstrip("\n")
        _write(directory, f"index/{index_path(name)}", text.encode())


def _mark(directory: Path, name: str, version: str, reason: str | None) -> bool:
    releases = Registry(directory.name, directory).releases(name)
    wanted = Version.parse(version)
    if not any(release.version == wanted for release in releases):
        there = ", ".join(str(release.version) for release in releases) or "none"
        message = f"the registry has no {name} {version}"
        raise fail("unknown-version", message, mend=f"name one that it has: {there}")
    path = directory / "index" / index_path(name)
    before = path.read_text(encoding="utf-8")
    entries = [json.loads(line) for line in before.split("\n") if line]
    for entry in entries:
        if Version.parse(entry["version"]) == wanted:
            entry["yanked"] = reason
    made = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries]
    text = "".join(f"{line}\n" for line in made)
    if text != before:
        _write(directory, f"index/{index_path(name)}", text.encode())
    return text != before


def refresh_catalogue(directory: Path, names: set[str]) -> None:
    """Bring the lines of fragments in the catalogue to what the index says."""
    registry = Registry(directory.name, directory)
    before = (registry.catalogue() or (None,))[0]
    text = catalogue_text(registry, before, {name for name in names if FRAGMENT_NAME.matches(name)})
    if text != before:
        _write(directory, CATALOGUE, text.encode())


def _check_signer(directory: Path, sign: Sign | None) -> None:
    """Refuse to leave a signed registry with files that are not."""
    if sign is None and is_signed(directory):
        message = f"the registry {directory} is signed, so what changes in it must be"
        raise fail("key-needed", message, Place(directory), "give `--key FILE`, or name it in TAPSMITH_KEY")


def _check_signed(directory: Path, sign: Sign | None, undone: Sequence[str]) -> None:
    # What a killed writer left is not signed yet, and is mended now.
    if sign and not undone:
        sign.check(directory)


def _write(directory: Path, name: str, data: bytes) -> None:
    atomic.write_durably(directory / name, data, directory / DRAFTS)
