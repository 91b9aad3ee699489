"""A probe's `probe.yaml`, read into a `Probe`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tapsmith import schemas, words
from tapsmith.diagnostics import Place
from tapsmith.document import Scalar
from tapsmith.macro import Macro, Setting, read_macros, read_settings
from tapsmith.manifest import Requirement, Source, read_requirements, read_sources
from tapsmith.reader import Reader, open_reader
from tapsmith.versions import Range, Version
from tapsmith.words import LINE

PROBE_FILE = "probe.yaml"


@dataclass(frozen=True)
class Workload:
    """What is run in the guest to make the probe fire."""

    programs: tuple[Source, ...]
    files: tuple[Source, ...]
    run: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Probe:
    """One probe, as its `probe.yaml` describes it."""

    name: str
    version: Version | None
    summary: str
    license: str
    author: str | None
    needs: tuple[Requirement, ...]
    config: tuple[Setting, ...]
    defines: tuple[Macro, ...]
    kernel: Range | None
    sources: tuple[Source, ...]
    unchecked: tuple[str, ...]
    workload: Workload | None
    directory: Path
    place: Place
    places: Mapping[str, Place] = field(repr=False, compare=False)

    def at(self, key: str) -> Place:
        """Return where probe.yaml has `key`, or the probe's name if it has not."""
        return self.places.get(key, self.place)

    @property
    def label(self) -> str:
        """The directory's name with its parent's, such as probes/fileio."""
        return f"{self.directory.parent.name}/{self.directory.name}"


def load_probe(directory: Path) -> Probe:
    """Read `<directory>/probe.yaml`; TapsmithError with every problem it has."""
    reader = open_reader(directory / PROBE_FILE, schemas.PROBE)
    home = Path(os.path.abspath(directory))
    name = reader.read("name", words.PROBE_NAME) or ""
    if name and name != home.name:
        message = f"the probe calls itself `{name}`, its directory {home.name}"
        reader.report.add("bad-name", message, reader.place_of("name"), f"write `name: {home.name}`")
    probe = Probe(
        name=name,
        version=reader.read("version", words.VERSION),
        summary=reader.read("summary", LINE) or "",
        license=reader.read("license", words.GPL) or "GPL",
        author=reader.read("author", LINE),
        needs=read_requirements(reader, "needs"),
        config=read_settings(reader, "config"),
        defines=read_macros(reader, "defines"),
        kernel=reader.read("kernel", words.RANGE),
        sources=_read_sources(reader, name, home),
        unchecked=tuple(symbol for _, symbol in reader.items("unchecked", LINE)),
        workload=_read_workload(reader, home),
        directory=home,
        place=reader.place_of("name"),
        places=reader.places(),
    )
    reader.finish()
    reader.report.check()
    return probe


def _read_sources(reader: Reader, name: str, home: Path) -> tuple[Source, ...]:
    """Read `sources`; the default is one file named like the probe."""
    label = f"{home.parent.name}/{home.name}"
    scalars = reader.scalars("sources")
    if reader.has("sources"):
        if not scalars:
            reader.report.add("missing-source", "the probe has no source", reader.place_of("sources"))
        return read_sources(scalars, home, label, reader.report)
    default = Scalar(f"{name}.c", True, reader.place_of("name"))
    return read_sources([default] if name == home.name else [], home, label, reader.report)


def _read_workload(reader: Reader, home: Path) -> Workload | None:
    """Read `workload`."""
    inner = reader.reader("workload")
    if inner is None:
        return None
    label = f"{home.parent.name}/{home.name}"
    programs = read_sources(inner.scalars("programs"), home, label, inner.report)
    files = read_sources(inner.scalars("files"), home, label, inner.report)
    run = inner.read("run", words.ANY_TEXT)
    if not inner.fits():
        message = "the workload has neither `run` nor `programs`"
        inner.report.add("missing-key", message, inner.place, "add `run`")
    if run is None and programs:
        run = f"./{PurePosixPath(programs[0].label).stem}"
    parameters = _read_parameters(inner)
    inner.finish()
    return Workload(programs, files, run or "", parameters)


def _read_parameters(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Read the module's parameters: names and values of one line each."""
    found = []
    for entry in reader.entries("parameters"):
        value = entry.read(f"`{entry.key.text}`", words.PARAMETER)
        if entry.name and value is not None:
            found.append((entry.name, value))
    return tuple(found)
