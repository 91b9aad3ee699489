"""A universe in a plain file, JSON or YAML: for trying the resolver on what others made up.

    fragments:
      a:
        1.0.0: {requires: {b: ^1}}
        1.1.0: {requires: {b: {version: ^2, when: {SIZE: 4}}}, yanked: it crashes}
      b:
        1.0.0: {provides: [transport]}

A version takes the keys of a manifest that resolving looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tapsmith.document import Scalar, Table
from tapsmith.macro import read_constraints, read_macros
from tapsmith.manifest import read_provides, read_requirements
from tapsmith.reader import Entry, Reader, entries, open_reader
from tapsmith.resolver.universe import MemoryUniverse, Release
from tapsmith.schema import Either, Field, ListOf, Record, TableOf, Text
from tapsmith.schemas import MANIFEST, REQUIREMENT
from tapsmith.versions import Version
from tapsmith.words import ANY_TEXT, LINE, OPTION, PROVISION, RANGE

# What others made up for resolvers has all kinds of names.
UNIVERSE_NAME = Text("name", r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", "use letters, digits and `_.+-`")
_RELEASE = Record(
    "release",
    (
        replace(MANIFEST.by_name["requires"], shape=TableOf(UNIVERSE_NAME, Either((RANGE, REQUIREMENT)))),
        replace(
            MANIFEST.by_name["provides"],
            shape=Either((ListOf(UNIVERSE_NAME), TableOf(UNIVERSE_NAME, PROVISION))),
        ),
        replace(MANIFEST.by_name["conflicts"], shape=TableOf(UNIVERSE_NAME, RANGE)),
        *(MANIFEST.by_name[key] for key in ("config", "constraints", "kernel", "kconfig")),
        Field("yanked", LINE, "Why it is not to be taken any more", "it crashes"),
    ),
)
_VERSIONS = TableOf(ANY_TEXT, _RELEASE)
_UNIVERSE = Record(
    "universe",
    (
        Field(
            "fragments",
            TableOf(UNIVERSE_NAME, _VERSIONS),
            "Fragments, each with its versions",
            "{a: {1.0.0: {}}}",
        ),
    ),
)


def load_universe(path: Path) -> MemoryUniverse:
    """Read a universe; TapsmithError with every problem the file has."""
    reader = open_reader(path, _UNIVERSE)
    releases = [release for entry in reader.entries("fragments") for release in _releases(entry, path)]
    reader.finish()
    reader.report.check()
    return MemoryUniverse(releases)


def _releases(fragment: Entry, path: Path) -> Iterator[Release]:
    report, name = fragment.report, fragment.key.text
    if not isinstance(fragment.node, Table):
        message = f"`{name}` must be a mapping of versions"
        report.add("wrong-type", message, fragment.node.place, "write {1.0.0: {}}")
        return
    seen: dict[Version, Scalar] = {}
    for entry in entries(fragment.node, _VERSIONS, report):
        version = report.convert(entry.key, Version.parse, "bad-version")
        if version is None or fragment.name is None:
            continue
        if version in seen:
            message = f"{name} {version} stands here twice, first at {seen[version].place}"
            report.add("duplicate-key", message, entry.key.place, "keep one of the two")
        seen[version] = entry.key
        if reader := entry.reader():
            yield _release(name, version, entry.key, reader, path)
        else:
            report.add("wrong-type", f"`{entry.key.text}` must be a mapping", entry.node.place, "write {}")


def _release(name: str, version: Version, key: Scalar, reader: Reader, path: Path) -> Release:
    provides, default_of = read_provides(reader, UNIVERSE_NAME)
    release = Release(
        name=name,
        version=version,
        requires=read_requirements(reader, "requires"),
        provides=provides,
        default_of=default_of,
        conflicts=read_requirements(reader, "conflicts"),
        config=read_macros(reader, "config"),
        constraints=read_constraints(reader, "constraints"),
        kernel=reader.read("kernel", RANGE),
        kconfig=tuple(option for _, option in reader.items("kconfig", OPTION)),
        origin=f"universe {path.name}",
        yanked=reader.read("yanked", LINE),
        place=key.place,
    )
    reader.finish()
    return release
