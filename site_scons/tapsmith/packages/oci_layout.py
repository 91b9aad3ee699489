"""A registry as an OCI image layout: a directory that tools for images copy to a server.

    oci-layout, index.json      what the layout has: one image index, as `latest`
    blobs/sha256/7f29…          the files of the registry, and what lists them (see `oci`)

`index.json` is written last, and what it leads to no more goes after that: so
this may be killed at any moment, and done again it writes only what is new.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tapsmith import atomic
from tapsmith.diagnostics import Place, fail
from tapsmith.packages.mirror_signatures import SIGNED_FILES, Signatures
from tapsmith.packages.oci import (
    INDEX_TYPE,
    LARGEST_MANIFEST,
    NO_CONFIG,
    REGISTRY_PART,
    TITLE,
    Blob,
    digits,
    encode_index,
    encode_manifest,
    names_part,
)
from tapsmith.packages.registry import CATALOGUE, Registry, archive_path, index_path
from tapsmith.packages.registry_lock import DRAFTS, LOCK_FILE, read_lock, write_lock
from tapsmith.packages.tree import CONFIG
from tapsmith.packages.writing import told

_LAYOUT_FILE = "oci-layout"
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_INDEX_FILE = "index.json"
_REF_NAME = "org.opencontainers.image.ref.name"
_MARK = "tapsmith registry"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Exported:
    """What is in a layout now; `digest` is that of its image index, with `sha256:` before it."""

    directory: Path
    digest: str
    fragments: int
    versions: int
    new_blobs: int
    new_bytes: int


def export(home: Path, directory: Path, say: Say) -> Exported:
    """Write the registry in a directory into a layout, or bring such a layout up to date.

    TapsmithError: `exists` where something else is there, `too-large` where a manifest would be larger
    than servers take, `cannot-write`, and what reading the registry raises.
    """
    _check_ours(directory)
    source = Registry(home.name, home)
    # What is no registry is told before a file is made.
    source.releases("any")
    with told(directory):
        directory.mkdir(parents=True, exist_ok=True)
        with write_lock(directory, (), say), read_lock(home):
            return _Export(source, directory).run()


class _Export:
    def __init__(self, source: Registry, directory: Path) -> None:
        self._source = source
        self._directory = directory
        self._wanted: set[str] = set()
        self._new: list[int] = []
        self._versions = 0

    def run(self) -> Exported:
        names = sorted(set(self._source.names()))
        source = self._source
        catalogue = source.text(CATALOGUE)
        length = digits(len(names))
        parts: dict[str, dict[str, Blob]] = {}
        fragments = 0
        for name in names:
            files = dict(self._files_of(name))
            fragments += f"index/{index_path(name)}" in files
            parts.setdefault(names_part(name, length), {}).update(files)
        own = {CONFIG: self._text(source.text(CONFIG) or "")}
        own |= {CATALOGUE: self._text(catalogue)} if catalogue is not None else {}
        for path, data in Signatures(source).files():
            # Read by its hash, and that another file mostly has: what was signed is what is there.
            is_there = path.startswith(f"{SIGNED_FILES}/") and _sha256(data) in self._wanted
            own |= {} if is_there else {path: self._put(data)}
        parts[REGISTRY_PART] = own
        self._put(NO_CONFIG)
        manifests = {title: self._manifest(title, encode_manifest(parts[title])) for title in sorted(parts)}
        top = self._manifest("the index", encode_index(manifests))
        self._finish(top)
        digest = f"sha256:{top.sha256}"
        return Exported(self._directory, digest, fragments, self._versions, len(self._new), sum(self._new))

    def _files_of(self, name: str) -> Iterator[tuple[str, Blob]]:
        path = f"index/{index_path(name)}"
        text = self._source.text(path)
        for release in self._source.parse(name, text) if text is not None else ():
            self._versions += 1
            blob = Blob(release.archive, release.size)
            if not self._has(blob):
                data, _ = self._source.archive(release.archive, f"{name} {release.version}", release.place)
                blob = self._put(data)
            self._wanted.add(blob.sha256)
            yield archive_path(release.archive), blob
        if text is not None:
            yield path, self._text(text)
        path = f"virtual/{index_path(name)}"
        if (text := self._source.text(path)) is not None:
            yield path, self._text(text)

    def _manifest(self, title: str, data: bytes) -> Blob:
        if len(data) > LARGEST_MANIFEST:
            message = f"the manifest of {title} is larger than {LARGEST_MANIFEST} bytes, which servers refuse"
            raise fail("too-large", message, mend="cut the registry into several")
        return self._put(data)

    def _text(self, text: str) -> Blob:
        return self._put(text.encode())

    def _put(self, data: bytes) -> Blob:
        blob = Blob(_sha256(data), len(data))
        self._wanted.add(blob.sha256)
        if not self._has(blob):
            atomic.write_bytes(self._path(blob), data, self._directory / DRAFTS)
            self._new.append(blob.size)
        return blob

    def _has(self, blob: Blob) -> bool:
        path = self._path(blob)
        return path.is_file() and _sha256(path.read_bytes()) == blob.sha256

    def _path(self, blob: Blob) -> Path:
        return self._directory / "blobs/sha256" / blob.sha256

    def _finish(self, top: Blob) -> None:
        """Make the layout lead to what has been written, and to nothing else."""
        found: Mapping[str, object] = {
            "mediaType": INDEX_TYPE,
            "digest": f"sha256:{top.sha256}",
            "size": top.size,
            "annotations": {_REF_NAME: "latest", TITLE: _MARK},
        }
        # All files at once: to wait for each of thousands takes a minute.
        os.sync()
        self._write(_LAYOUT_FILE, _LAYOUT)
        self._write(_INDEX_FILE, json.dumps({"schemaVersion": 2, "manifests": [found]}).encode())
        for path in (self._directory / "blobs/sha256").iterdir():
            if path.name not in self._wanted:
                path.unlink()

    def _write(self, path: str, data: bytes) -> None:
        atomic.write_durably(self._directory / path, data, self._directory / DRAFTS)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check_ours(directory: Path) -> None:
    """Refuse a directory that is neither new nor written by `export`, as a whole or in part."""
    begun = {LOCK_FILE, DRAFTS, "blobs", _LAYOUT_FILE}
    try:
        there = {path.name for path in directory.iterdir()}
    except FileNotFoundError:
        return
    except NotADirectoryError:
        there = {""}
    if there <= begun or _is_ours(directory):
        return
    message = f"{directory} is there already, and `tapsmith export` did not make it"
    raise fail("exists", message, Place(directory), "name another directory")


def _is_ours(directory: Path) -> bool:
    try:
        (known,) = json.loads((directory / _INDEX_FILE).read_bytes())["manifests"]
        return bool(known["annotations"][TITLE] == _MARK)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return False
