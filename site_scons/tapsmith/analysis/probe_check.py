"""All that is checked of a probe without a kernel."""

from __future__ import annotations

from pathlib import Path

from tapsmith.analysis.contexts import check_contexts
from tapsmith.analysis.macros import check_macros
from tapsmith.analysis.sources import read_units
from tapsmith.analysis.usage import check_needs, find_usage
from tapsmith.diagnostics import Place, Problem
from tapsmith.library import Library
from tapsmith.resolution import Resolution


def check_probe(resolution: Resolution, library: Library) -> tuple[Problem, ...]:
    """Return every finding, in the order of places: needs, contexts, macros.

    TapsmithError if a header lies where it may not.
    """
    files = read_units(resolution.probe)
    usage = find_usage(resolution, library, files)
    found = check_needs(resolution, library, usage)
    found += check_contexts(resolution, files)
    found += check_macros(resolution, files)
    return tuple(sorted(found, key=lambda problem: problem.place or Place(Path())))
