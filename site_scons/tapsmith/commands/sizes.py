"""What a fragment costs in the modules that were built here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tapsmith.analysis.costs import measure
from tapsmith.commands.obtaining import obtain_probe
from tapsmith.diagnostics import TapsmithError
from tapsmith.library import Library
from tapsmith.probe import PROBE_FILE, load_probe
from tapsmith.resolution import Resolution

_BUILD = Path("build")
_MOST = 3


@dataclass(frozen=True)
class Size:
    """The bytes that a fragment has in one module."""

    module: Path
    code: int
    data: int


def sizes(fragment: str, library: Library) -> tuple[Size, ...]:
    """Return the fragment's bytes in the modules that hold it, the newest first, three at most."""
    modules = {
        module: resolution
        for resolution in _resolutions(library)
        if fragment in (chosen.name for chosen in resolution.fragments)
        for module in _BUILD.glob(f"*/{resolution.probe.name}/{resolution.probe.name}.ko")
    }
    newest = sorted(modules, key=lambda module: (-module.stat().st_mtime, module))[:_MOST]
    return tuple(size for module in newest for size in _measured(module, modules[module], fragment))


def _resolutions(library: Library) -> Iterator[Resolution]:
    """Give what each probe here resolves to; one that is refused was not built either."""
    for file in sorted(Path("probes").glob(f"*/{PROBE_FILE}")):
        try:
            yield obtain_probe(load_probe(file.parent), library).resolution
        except TapsmithError:
            continue


def _measured(module: Path, resolution: Resolution, fragment: str) -> Iterator[Size]:
    try:
        costs = measure(module, resolution)
    except TapsmithError:
        return  # a module without debug information, say
    for cost in costs:
        if cost.kind == "fragment" and cost.name == fragment:
            yield Size(module, cost.code, cost.data)
