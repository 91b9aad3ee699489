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
from pathlib import Path

from tapsmith.document import Node, Report, Scalar, Table
from tapsmith.macro import read_constraints, read_macros
from tapsmith.manifest import fragment_name, read_provides, read_requirements
from tapsmith.reader import Reader, open_reader
from tapsmith.resolver.universe import MemoryUniverse, Release
from tapsmith.versions import Range, Version


def load_universe(path: Path) -> MemoryUniverse:
    """Read a universe; TapsmithError with every problem the file has."""
    reader = open_reader(path)
    report = reader.report
    releases = [
        release
        for name, versions in reader.entries("fragments")
        for release in _releases(name, versions, path, report)
    ]
    reader.finish()
    report.check()
    return MemoryUniverse(releases)


def _releases(name: Scalar, versions: Node, path: Path, report: Report) -> Iterator[Release]:
    label = report.convert(name, fragment_name, "bad-name")
    if not isinstance(versions, Table):
        report.add(
            "wrong-type", f"`{name.text}` must be a mapping of versions", versions.place, "write {1.0.0: {}}"
        )
        return
    seen: dict[Version, Scalar] = {}
    for key, node in versions.entries:
        version = report.convert(key, Version.parse, "bad-version")
        if version is None or label is None:
            continue
        if version in seen:
            message = f"{name.text} {version} stands here twice, first at {seen[version].place}"
            report.add("duplicate-key", message, key.place, "keep one of the two")
        seen[version] = key
        if isinstance(node, Table):
            yield _release(label, version, key, Reader(node, report), path)
        else:
            report.add("wrong-type", f"`{key.text}` must be a mapping", node.place, "write {}")


def _release(name: str, version: Version, key: Scalar, reader: Reader, path: Path) -> Release:
    provides, default_of = read_provides(reader)
    release = Release(
        name=name,
        version=version,
        requires=read_requirements(reader.entries("requires"), reader.report, conditional=True),
        provides=provides,
        default_of=default_of,
        conflicts=read_requirements(reader.entries("conflicts"), reader.report),
        config=read_macros(reader.entries("config"), reader.report),
        constraints=read_constraints(reader.entries("constraints"), reader.report),
        kernel=reader.parsed("kernel", Range.parse, "bad-range"),
        kconfig=tuple(scalar.text for scalar in reader.scalars("kconfig")),
        origin=f"universe {path.name}",
        yanked=reader.line("yanked"),
        place=key.place,
    )
    reader.finish()
    return release
