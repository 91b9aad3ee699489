"""The files that a probe's resolution hangs on: while none of them changes, it is the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tapsmith.checks import headers, include_directories, read_source
from tapsmith.csource import quoted_includes
from tapsmith.manifest import Fragment
from tapsmith.packages.lock_file import LOCK_FILE
from tapsmith.packages.obtaining import Obtained
from tapsmith.packages.project import PROJECT_FILE, root_of
from tapsmith.probe import PROBE_FILE, Probe


def inputs(obtained: Obtained, roots: Sequence[Path]) -> tuple[tuple[str, ...], ...]:
    """Return the files and directories, in groups: of the roots, the project, each fragment, the probe.

    What is not there, but would count if it were, is named as well.  `roots` are those of the
    library.  TapsmithError where a fragment's header leaves its directory.
    """
    probe, fragments = obtained.resolution.probe, obtained.resolution.fragments
    groups = [_manifests(root) for root in roots]
    groups.append(_project(probe))
    groups += [(str(fragment.place.file), *_sources(fragment)) for fragment in fragments]
    return (*groups, _own(probe))


def texts(owner: Probe | Fragment) -> tuple[str, ...]:
    """Return the files whose text is in the module; TapsmithError as `headers`."""
    return (*(str(source.path) for source in owner.sources), *map(str, headers(owner)))


def _manifests(root: Path) -> tuple[str, ...]:
    directory = root / "manifests"
    return (str(directory), *sorted(map(str, directory.glob("*.yaml"))))


def _project(probe: Probe) -> tuple[str, ...]:
    """Return what tells where the project is, and its file."""
    root = root_of(probe.directory)
    above = [directory for directory in probe.directory.parents if directory.is_relative_to(root)]
    return tuple(str(directory / name) for directory in above for name in (PROJECT_FILE, "SConstruct"))


def _own(probe: Probe) -> tuple[str, ...]:
    workload = probe.workload
    programs = [*workload.programs, *workload.files] if workload else []
    files = [probe.directory / PROBE_FILE, probe.directory / LOCK_FILE, *(part.path for part in programs)]
    return (*map(str, files), *_sources(probe))


def _sources(owner: Probe | Fragment) -> tuple[str, ...]:
    """Return the sources and headers of `owner`, and every path where a header is looked for."""
    files = texts(owner)
    return tuple(dict.fromkeys([*files, *(looked for file in files for looked in _looked_for(owner, file))]))


def _looked_for(owner: Probe | Fragment, file: str) -> Iterator[str]:
    for mention in quoted_includes(read_source(Path(file))):
        for directory in (Path(file).parent, *include_directories(owner)):
            yield os.path.join(directory, mention.name)
