"""A project's `tapsmith.yaml`: where fragments come from, beside the tree.  It may be missing.

registries:                # in order: a name comes from the first that has it
  main: {path: ../registry}
  all: {url: "https://example.org/fragments", root: keys/all.root.json}
bind:                      # a name, or beginnings of names: from this one alone
  team_*: main
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.packages.binding import Bindings
from tapsmith.reader import Reader, open_reader
from tapsmith.schemas import PROJECT
from tapsmith.words import PATH, PLACE, REGISTRY_NAME, REGISTRY_URL

PROJECT_FILE = "tapsmith.yaml"
_PLACES = "write {path: DIRECTORY} or {url: URL}"


@dataclass(frozen=True)
class RegistryPlace:
    """A registry as the project names it: a directory, or a URL."""

    name: str
    directory: Path | None
    url: str
    place: Place
    root: Path | None = None
    """The file whose keys must have signed it; None if it need not be signed."""
    mirrors: tuple[Path | str, ...] = ()
    """Directories and URLs of copies."""


@dataclass(frozen=True)
class Project:
    """What `tapsmith.yaml` says; `root` is the directory that it is in."""

    root: Path
    registries: tuple[RegistryPlace, ...] = ()
    bind: Bindings = field(default_factory=Bindings)


def root_of(probe: Path) -> Path:
    """Return the root of the project that a probe's directory is in.

    That is the nearest directory above with a tapsmith.yaml or an SConstruct, else the one that
    holds probes/.
    """
    home = Path(os.path.abspath(probe))
    for directory in home.parents:
        if any((directory / name).is_file() for name in (PROJECT_FILE, "SConstruct")):
            return directory
    return home.parents[1] if len(home.parents) > 1 else home.parent


def load_project(root: Path) -> Project:
    """Read the project's file, if it has one; TapsmithError with every problem of it."""
    path = root / PROJECT_FILE
    if not path.is_file():
        return Project(root)
    reader = open_reader(path, PROJECT)
    registries = tuple(_read_registries(reader, root))
    found = Project(root, registries, _read_bindings(reader, {known.name for known in registries}))
    reader.finish()
    reader.report.check()
    return found


def _read_bindings(reader: Reader, registries: Collection[str]) -> Bindings:
    found = {}
    for entry in reader.entries("bind"):
        registry = entry.read(f"`{entry.key.text}`", REGISTRY_NAME)
        if registry and registry not in registries:
            message = f"`{entry.key.text}` is bound to registry `{registry}`, which is not listed"
            mend = did_you_mean(registry, registries) or "list it under `registries`"
            reader.report.add("unknown-registry", message, entry.node.place, mend)
        if entry.name and registry:
            found[entry.name] = registry
    return Bindings(found)


def _read_registries(reader: Reader, root: Path) -> Iterator[RegistryPlace]:
    for entry in reader.entries("registries"):
        inner = entry.reader()
        if inner is None:
            message = f"`{entry.key.text}` must be a mapping"
            reader.report.add("wrong-type", message, entry.node.place, _PLACES)
            continue
        path, url = inner.read("path", PLACE), inner.read("url", REGISTRY_URL)
        if not inner.fits():
            message = f"registry `{entry.key.text}` is at one place: a `path` or a `url`"
            reader.report.add("bad-origin", message, entry.node.place, _PLACES)
        pinned = inner.read("root", PATH)
        mirrors = tuple(_read_mirrors(inner, root))
        inner.finish()
        if entry.name and (path or url):
            directory = Path(os.path.abspath(root / path)) if path else None
            place = inner.place_of("path" if path else "url")
            signed_by = root / pinned if pinned else None
            yield RegistryPlace(entry.name, directory, url or "", place, signed_by, mirrors)


def _read_mirrors(reader: Reader, root: Path) -> Iterator[Path | str]:
    for scalar, text in reader.items("mirrors", PLACE):
        if "://" not in text:
            yield Path(os.path.abspath(root / text))
        elif url := reader.report.convert(scalar, REGISTRY_URL.parse, REGISTRY_URL.code):
            yield url
