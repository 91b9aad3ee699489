"""A project's `tapsmith.yaml`: where fragments come from, beside the tree.  It may be missing.

registries:                # in order: a name comes from the first that has it
  main: {path: ../registry}
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tapsmith.diagnostics import Place
from tapsmith.packages.registry import Registry
from tapsmith.reader import Reader, open_reader
from tapsmith.schemas import PROJECT
from tapsmith.words import PLACE

PROJECT_FILE = "tapsmith.yaml"


@dataclass(frozen=True)
class RegistryPlace:
    """A registry as the project names it."""

    name: str
    directory: Path
    place: Place


@dataclass(frozen=True)
class Project:
    """What `tapsmith.yaml` says; `root` is the directory that it is in."""

    root: Path
    registries: tuple[RegistryPlace, ...] = ()

    def open_registries(self) -> tuple[Registry, ...]:
        """Return the registries, in order; nothing is read of them yet."""
        return tuple(Registry(known.name, known.directory, known.place) for known in self.registries)


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
    found = Project(root, tuple(_read_registries(reader, root)))
    reader.finish()
    reader.report.check()
    return found


def _read_registries(reader: Reader, root: Path) -> Iterator[RegistryPlace]:
    for entry in reader.entries("registries"):
        inner = entry.reader()
        if inner is None:
            message = f"`{entry.key.text}` must be a mapping"
            reader.report.add("wrong-type", message, entry.node.place, "write {path: DIRECTORY}")
            continue
        directory = inner.read("path", PLACE)
        inner.finish()
        if entry.name and directory:
            yield RegistryPlace(entry.name, Path(os.path.abspath(root / directory)), inner.place_of("path"))
