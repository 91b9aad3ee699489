"""All that is checked of a probe without a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tapsmith.analysis.contexts import check_contexts
from tapsmith.analysis.macros import check_macros
from tapsmith.analysis.sources import read_units
from tapsmith.analysis.usage import (
    check_needs,
    empty_needs,
    find_usage,
    range_for,
    undeclared,
    unused_needs,
)
from tapsmith.diagnostics import Place, Problem
from tapsmith.library import Library
from tapsmith.resolution import Resolution


def check_probe(
    resolution: Resolution, library: Library, held: frozenset[str] | None = None
) -> tuple[Problem, ...]:
    """Return every finding, in the order of places: needs, contexts, macros.

    `held` are the fragments of which the built module has code or data (`costs.held`), if it is known.
    TapsmithError if a header lies where it may not.
    """
    files = read_units(resolution.probe)
    usage = find_usage(resolution, library, files)
    found = check_needs(resolution, library, usage)
    found += empty_needs(resolution, usage, held) if held is not None else []
    found += check_contexts(resolution, files)
    found += check_macros(resolution, files)
    return tuple(sorted(found, key=lambda problem: problem.place or Place(Path())))


def mended_needs(resolution: Resolution, library: Library) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the needs to add, with their ranges, and those to remove, for a probe to be clean of both."""
    usage = find_usage(resolution, library, read_units(resolution.probe))
    added = {fragment.name: range_for(fragment) for fragment in undeclared(resolution, library, usage)}
    return added, tuple(need.name for need in unused_needs(resolution, usage))
