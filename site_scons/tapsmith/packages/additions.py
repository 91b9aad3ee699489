"""A version of a fragment on its way into a registry: its archive, and whether it may go in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tapsmith.diagnostics import fail
from tapsmith.manifest import Fragment
from tapsmith.packages.archive import pack, unpack
from tapsmith.packages.content import digest, fragment_files
from tapsmith.packages.index import RegistryRelease, encode
from tapsmith.packages.registry import Registry


@dataclass(frozen=True)
class Addition:
    """A version of a fragment on its way into a registry; `known` is what is there already, if it is."""

    fragment: Fragment
    data: bytes
    archive: str
    sha256: str
    known: RegistryRelease | None

    @property
    def line(self) -> str:
        return encode(self.fragment, self.archive, len(self.data), self.sha256)


def license_of(fragment: Fragment) -> Path | None:
    """Return the text of a fragment's license: its own, or that of the root it lies in."""
    homes = (fragment.directory, fragment.place.file.parent.parent)
    return next((home / "LICENSE" for home in homes if (home / "LICENSE").is_file()), None)


def packed_files(fragment: Fragment) -> dict[str, bytes]:
    """Return what goes into an archive: the fragment's files, and LICENSE."""
    files = fragment_files(fragment)
    license_file = license_of(fragment)
    if license_file:
        files[f"fragments/{fragment.name}/LICENSE"] = license_file.read_bytes()
    return files


def pack_fragment(fragment: Fragment) -> bytes:
    """Return the archive of a fragment."""
    return pack(packed_files(fragment))


def plan(registry: Registry, fragment: Fragment) -> Addition:
    """Return what adding a fragment comes to; nothing is written.

    TapsmithError: `version-taken` if the registry has that version with another content, also where
    that was yanked, and what reading the registry raises.
    """
    data = pack_fragment(fragment)
    archive, sha256 = hashlib.sha256(data).hexdigest(), digest(fragment_files(fragment))
    releases = registry.releases(fragment.name)
    known = next((release for release in releases if release.version == fragment.version), None)
    addition = Addition(fragment, data, archive, sha256, known)
    if known and not _is_same(registry, known, addition):
        yanked = ", and was yanked" if known.yanked is not None else ""
        message = f"{known} is in the registry already{yanked}, with another content"
        raise fail("version-taken", message, fragment.at("version"), "give it a new version")
    return addition


def _is_same(registry: Registry, known: RegistryRelease, addition: Addition) -> bool:
    """Tell whether a release holds just what is to be added; another zlib packs it otherwise."""
    if known.sha256 != addition.sha256 or known.archive == addition.archive:
        return known.sha256 == addition.sha256
    data, place = registry.archive(known.archive, str(known), None)
    return unpack(data, place) == packed_files(addition.fragment)
