"""Adding to a registry in a directory: the archive first, then the line that names it.

One writer at a time: nothing here keeps two of them apart.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from tapsmith import atomic
from tapsmith.diagnostics import Place, fail
from tapsmith.manifest import Fragment
from tapsmith.packages.archive import pack
from tapsmith.packages.content import digest, fragment_files
from tapsmith.packages.index import encode
from tapsmith.packages.registry import FORMAT, Registry, archive_path, index_path


def pack_fragment(fragment: Fragment) -> bytes:
    """Return the archive of a fragment; its LICENSE, or the one of its root, goes with it."""
    files = fragment_files(fragment)
    for path in (fragment.directory / "LICENSE", fragment.place.file.parent.parent / "LICENSE"):
        if path.is_file():
            files[f"fragments/{fragment.name}/LICENSE"] = path.read_bytes()
            break
    return pack(files)


def make_registry(directory: Path, name: str) -> None:
    """Make an empty registry; nothing if one is there."""
    config = directory / "config.json"
    if not config.exists():
        atomic.write_text(config, json.dumps({"format": FORMAT, "name": name}) + "\n")


def add_to_registry(directory: Path, fragment: Fragment) -> str:
    """Add a fragment's version to a registry, and return the SHA-256 of its archive.

    The same content again changes nothing.  TapsmithError: `version-taken` for another content,
    and what reading a registry raises.
    """
    data = pack_fragment(fragment)
    archive = hashlib.sha256(data).hexdigest()
    sha256 = digest(fragment_files(fragment))
    registry = Registry(directory.name, directory)
    for release in registry.releases(fragment.name):
        if release.version == fragment.version:
            if release.sha256 == sha256:
                return release.archive
            message = f"{release} is in the registry already, with another content"
            raise fail("version-taken", message, fragment.at("version"), "give it a new version")
    _write_bytes(directory / archive_path(archive), data)
    index = directory / "index" / index_path(fragment.name)
    _append(index, encode(fragment, archive, len(data), sha256))
    for virtual in fragment.provides:
        known = registry.providers(virtual)
        if fragment.name not in known:
            text = "".join(f"{name}\n" for name in sorted([*known, fragment.name]))
            atomic.write_text(directory / "virtual" / index_path(virtual), text)
    return archive


def yank(directory: Path, name: str, version: str, reason: str | None) -> None:
    """Mark a version as one nobody should take any more, for a reason; None takes the mark away.

    TapsmithError: `unknown-version`.
    """
    path = directory / "index" / index_path(name)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    entries = [json.loads(line) for line in lines]
    if not any(entry["version"] == version for entry in entries):
        raise fail("unknown-version", f"the registry has no {name} {version}", Place(path))
    for entry in entries:
        if entry["version"] == version:
            entry["yanked"] = reason
    made = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries]
    atomic.write_text(path, "".join(f"{line}\n" for line in made))


def _append(path: Path, line: str) -> None:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    atomic.write_text(path, f"{text}{line}\n")


def _write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".draft-", delete=False) as file:
        file.write(data)
    os.chmod(file.name, 0o644)
    os.rename(file.name, path)
