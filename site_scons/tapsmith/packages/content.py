"""What a fragment is made of: its manifest, its sources and the headers of its own that these include."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tapsmith.checks import headers
from tapsmith.manifest import Fragment


def fragment_paths(fragment: Fragment) -> dict[str, Path]:
    """Return where the fragment's files lie, sorted, by their names below a root.

    TapsmithError if a header leaves the fragment's directory.
    """
    home = fragment.directory.resolve()
    paths = {fragment.label: fragment.place.file}
    paths |= {source.label: source.path for source in fragment.sources}
    paths |= {f"fragments/{fragment.name}/{path.relative_to(home)}": path for path in headers(fragment)}
    return {label: paths[label] for label in sorted(paths)}


def fragment_files(fragment: Fragment) -> dict[str, bytes]:
    """Return the fragment's files, sorted, by their names below a root; TapsmithError as `fragment_paths`."""
    return {label: path.read_bytes() for label, path in fragment_paths(fragment).items()}


def digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256, in hexadecimal, of files: of their names and bytes, whatever the machine."""
    found = hashlib.sha256()
    for label in sorted(files):
        found.update(f"{label}\0{len(files[label])}\0".encode() + files[label])
    return found.hexdigest()


def fragment_digest(fragment: Fragment) -> str:
    """Return the SHA-256 of the fragment's files; TapsmithError as `fragment_files` does."""
    return digest(fragment_files(fragment))
