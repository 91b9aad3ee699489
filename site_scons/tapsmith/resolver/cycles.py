"""Finding fragments that require each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def find_cycle(edges: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Return fragments of which each requires the next and the last the first; None if there are none."""
    try:
        TopologicalSorter({name: sorted(edges[name]) for name in sorted(edges)}).prepare()
    except CycleError as error:
        loop: list[str] = error.args[1]
        return loop[:0:-1]
    return None
