"""Making: from a resolution to its module, through the steps of the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tapsmith import capabilities, checks, emission, module, through_kbuild
from tapsmith.analysis.usage import missing_mends
from tapsmith.facts import Facts
from tapsmith.manifest import Fragment
from tapsmith.packages.obtaining import Obtained
from tapsmith.packages.strangers import check_hashes
from tapsmith.probe import Probe
from tapsmith.symbols import check_symbols


def make_module(
    obtained: Obtained, facts: Facts, target: Path, launcher: str = "", by_kbuild: bool = False
) -> str:
    """Make `target`, a `.ko`, with the emitted source and the object beside it; return the tools' messages.

    `launcher` is put before the compiler; `by_kbuild` has the kernel's own kbuild do it all.
    TapsmithError: what keeps the source from being emitted, compiled or linked.  Then there is no
    `.ko`, not even the one there was.
    """
    source = target.with_suffix(".c")
    # No module may outlive the source it came from.
    module.remove_products(source)
    source.write_text(_emitted(obtained), encoding="utf-8")
    check_symbols(obtained.resolution, facts)
    given = _given(obtained, facts)
    if by_kbuild:
        return through_kbuild.build_module(facts, source, **given)
    said = module.compile_object(facts, source, **given, launcher=launcher)
    return "\n".join(filter(None, (said, module.link_module(facts, source.with_suffix(".o")))))


def _emitted(obtained: Obtained) -> str:
    text = emission.emit(obtained.resolution)
    # Once more, after what may be a long time: what was read is what the lock names.
    check_hashes(obtained.resolution.fragments, obtained.hashes)
    return text


def _given(obtained: Obtained, facts: Facts) -> dict[str, Any]:
    """Return what a compile has to know of the probe beside its text."""
    resolution = obtained.resolution
    owners: list[Probe | Fragment] = [resolution.probe, *resolution.fragments]
    return {
        "labels": {item.label: item.path for owner in owners for item in owner.sources},
        "include": [directory for owner in owners for directory in checks.include_directories(owner)],
        "mends": missing_mends(resolution, obtained.library),
        "defines": capabilities.definitions(facts, resolution.fragments),
    }
