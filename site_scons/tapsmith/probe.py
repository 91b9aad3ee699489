"""A probe's `probe.yaml`, read into a `Probe`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.document import Report, Scalar
from tapsmith.macro import Macro, Setting, read_macros, read_settings
from tapsmith.manifest import Requirement, Source, c_identifier, read_requirements, read_sources
from tapsmith.reader import Reader, as_scalar, matcher, open_reader
from tapsmith.versions import MalformedError, Range

PROBE_FILE = "probe.yaml"
# Those of the kernel's license_is_gpl_compatible (include/linux/license.h): with any other the
# module would taint the kernel and could not use the symbols exported for the GPL only.
LICENSES = ("GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL")

# A module's name is bounded by MODULE_NAME_LEN, 56 bytes with its NUL on 64 bits.
probe_name = matcher(r"[a-z][a-z0-9_]{0,54}", "probe's name", "use small letters, digits and `_`, at most 55")


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
    reader = open_reader(directory / PROBE_FILE)
    home = Path(os.path.abspath(directory))
    name = reader.parsed("name", probe_name, "bad-name", required=True) or ""
    if name and name != home.name:
        message = f"the probe calls itself `{name}`, its directory {home.name}"
        reader.report.add("bad-name", message, reader.place_of("name"), f"write `name: {home.name}`")
    probe = Probe(
        name=name,
        summary=reader.line("summary", required=True) or "",
        license=reader.parsed("license", _license, "unknown-license") or "GPL",
        author=reader.line("author"),
        needs=read_requirements(reader.entries("needs"), reader.report, origins=True),
        config=read_settings(reader.entries("config"), reader.report),
        defines=read_macros(reader.entries("defines"), reader.report),
        kernel=reader.parsed("kernel", Range.parse, "bad-range"),
        sources=_read_sources(reader, name, home),
        unchecked=tuple(scalar.text for scalar in reader.scalars("unchecked")),
        workload=_read_workload(reader, home),
        directory=home,
        place=reader.place_of("name"),
        places=reader.places(),
    )
    reader.finish()
    reader.report.check()
    return probe


def _license(text: str) -> str:
    if text not in LICENSES:
        hint = did_you_mean(text, LICENSES) or "write GPL"
        raise MalformedError(f"the kernel does not count `{text}` as a GPL license of a module", hint)
    return text


def _read_sources(reader: Reader, name: str, home: Path) -> tuple[Source, ...]:
    """Read `sources`; the default is one file named like the probe."""
    label = f"{home.parent.name}/{home.name}"
    if reader.has("sources"):
        scalars = reader.scalars("sources")
        if not scalars:
            reader.report.add("missing-source", "the probe has no source", reader.place_of("sources"))
        return read_sources(scalars, home, label, reader.report)
    reader.node("sources")
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
    run = inner.text("run")
    if run is None and not inner.has("programs"):
        message = "the workload has neither `run` nor `programs`"
        inner.report.add("missing-key", message, inner.place, "add `run`")
    if run is None and programs:
        run = f"./{PurePosixPath(programs[0].label).stem}"
    parameters = _read_parameters(inner, inner.report)
    inner.finish()
    return Workload(programs, files, run or "", parameters)


def _read_parameters(reader: Reader, report: Report) -> tuple[tuple[str, str], ...]:
    """Read the module's parameters: names and values of one line each."""
    found = []
    for key, node in reader.entries("parameters"):
        name = report.convert(key, c_identifier, "bad-name")
        value = as_scalar(node, f"`{key.text}`", report)
        if value and '"' in value.text:
            report.add(
                "bad-parameter",
                "the kernel takes no double quote in a parameter",
                value.place,
                "leave it out",
            )
        elif name and value:
            found.append((name, " ".join(value.text.split())))
    return tuple(found)
