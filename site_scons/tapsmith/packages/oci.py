"""How a registry lies in an OCI repository: one tag is one state of all its files.

tag -> an image index
         registry     an image manifest: config.json, the catalogue, and what signs them
         names-2f     an image manifest: the files of all names whose SHA-256 begins like that

Each layer is a file of the registry, with its path there as the title.  So any
tool that copies images copies registries, and the blob of an archive has the
name that the archive has anywhere: its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

OCI = "oci://"
"""What the URL of such a place begins with."""

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.tapsmith.registry.v1+json"
FILE_TYPE = "application/vnd.tapsmith.registry.file.v1"
TITLE = "org.opencontainers.image.title"
NO_CONFIG = b"{}"
LARGEST_MANIFEST = 4 << 20
"""The bytes that every server takes."""

REGISTRY_PART = "registry"
_NAMES_PART = "names-"
_FULL = 100
"""So many names are in a part, at the most, where their hashes spread evenly."""

_URL = re.compile(OCI + r"([^/]+)/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?", re.ASCII)
_DOCKER_HUB = "docker.io"


@dataclass(frozen=True)
class OciPlace:
    """A state of a repository: `reference` is a tag, or a digest, with which it never changes."""

    host: str
    repository: str
    reference: str

    @property
    def base(self) -> str:
        """Return the URL below which the server answers; like other clients, http on the own machine."""
        scheme = "http" if _LOOPBACK.fullmatch(self.host) else "https"
        host = "registry-1.docker.io" if self.host == _DOCKER_HUB else self.host
        return f"{scheme}://{host}/v2/{self.repository}"

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the state; empty for a tag."""
        return self.reference.removeprefix("sha256:") if ":" in self.reference else ""


@dataclass(frozen=True)
class Blob:
    """Bytes that others refer to by their hash."""

    sha256: str
    size: int


def parse_place(url: str) -> OciPlace:
    """Return the place that a URL names, of which the form is known to be right."""
    match = _URL.fullmatch(url)
    assert match, url
    return OciPlace(match[1], match[2], match[4] or match[3] or "latest")


def names_part(name: str, length: int) -> str:
    """Return the title of the part that a name's files are in, where so many digits tell parts apart."""
    return _NAMES_PART + hashlib.sha256(name.encode()).hexdigest()[:length]


def digits(names: int) -> int:
    """Return how many digits tell the parts of so many names apart."""
    length = 0
    while names > _FULL * 16**length:
        length += 1
    return length


def find_part(parts: Mapping[str, Blob], path: str) -> Blob | None:
    """Return the part that a file is in, if it is anywhere."""
    pure = PurePosixPath(path)
    if pure.parts[0] not in ("index", "virtual"):
        return parts.get(REGISTRY_PART)
    full = names_part(pure.name, 64)
    lengths = {len(title) for title in parts if title.startswith(_NAMES_PART)}
    return next((parts[full[:length]] for length in sorted(lengths) if full[:length] in parts), None)


def encode_manifest(files: Mapping[str, Blob]) -> bytes:
    """Return the manifest of files by their paths."""
    config = Blob(hashlib.sha256(NO_CONFIG).hexdigest(), len(NO_CONFIG))
    layers = [_descriptor(FILE_TYPE, files[path], path) for path in sorted(files)]
    made = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE}
    return _encode({**made, "config": _descriptor(CONFIG_TYPE, config), "layers": layers})


def encode_index(parts: Mapping[str, Blob]) -> bytes:
    """Return the image index of manifests by their titles."""
    manifests = [_descriptor(MANIFEST_TYPE, parts[title], title) for title in sorted(parts)]
    return _encode({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests})


def decode_manifest(data: bytes) -> Mapping[str, Blob]:
    """Return the files of a manifest by their paths; ValueError if it is none of a registry."""
    found = _decode(data)
    if _key(_key(found, "config"), "mediaType") != CONFIG_TYPE:
        raise ValueError("it is an image, or another artifact")
    return _blobs(_key(found, "layers"))


def decode_index(data: bytes) -> Mapping[str, Blob]:
    """Return the manifests of an image index by their titles; ValueError if it is none of a registry."""
    parts = _blobs(_decode(data).get("manifests", ()))
    if REGISTRY_PART not in parts:
        raise ValueError(f"it has no part `{REGISTRY_PART}`")
    return parts


def _descriptor(media_type: str, blob: Blob, title: str = "") -> dict[str, Any]:
    made = {"mediaType": media_type, "digest": f"sha256:{blob.sha256}", "size": blob.size}
    return {**made, "annotations": {TITLE: title}} if title else made


def _blobs(descriptors: Any) -> Mapping[str, Blob]:
    return dict(_blob(descriptor) for descriptor in _listed(descriptors))


def _listed(descriptors: Any) -> Iterable[Any]:
    if not isinstance(descriptors, list | tuple):
        raise ValueError("what it lists is no list")
    return descriptors


def _blob(descriptor: Any) -> tuple[str, Blob]:
    title = _key(_key(descriptor, "annotations"), TITLE)
    digest, size = _key(descriptor, "digest"), _key(descriptor, "size")
    if not isinstance(title, str) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError("a digest or a title in it is none")
    if type(size) is not int or size < 0:
        raise ValueError("a size in it is no number")
    return title, Blob(digest.removeprefix("sha256:"), size)


def _key(found: Any, key: str) -> Any:
    if not isinstance(found, dict) or key not in found:
        raise ValueError(f"it has no `{key}`")
    return found[key]


def _encode(made: Mapping[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def _decode(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    return found
