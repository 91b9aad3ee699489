"""Making: from a resolution to its module, through the steps of the line."""

from __future__ import annotations

from pathlib import Path

from tapsmith import capabilities, checks, emission, module
from tapsmith.analysis.usage import missing_mends
from tapsmith.facts import Facts
from tapsmith.manifest import Fragment
from tapsmith.packages.obtaining import Obtained
from tapsmith.packages.strangers import check_hashes
from tapsmith.probe import Probe
from tapsmith.symbols import check_symbols


def make_module(obtained: Obtained, facts: Facts, target: Path, launcher: str = "") -> str:
    """Make `target`, a `.ko`, with the emitted source and the object beside it; return the tools' messages.

    `launcher` is put before the compiler.
    TapsmithError: what keeps the source from being emitted, compiled or linked.  Then there is no
    `.ko`, not even the one there was.
    """
    source = target.with_suffix(".c")
    # No module may outlive the source it came from.
    module.remove_products(source)
    source.write_text(_emitted(obtained), encoding="utf-8")
    check_symbols(obtained.resolution, facts)
    said = _compile(obtained, facts, source, launcher)
    return "\n".join(filter(None, (said, module.link_module(facts, source.with_suffix(".o")))))


def _emitted(obtained: Obtained) -> str:
    text = emission.emit(obtained.resolution)
    # Once more, after what may be a long time: what was read is what the lock names.
    check_hashes(obtained.resolution.fragments, obtained.hashes)
    return text


def _compile(obtained: Obtained, facts: Facts, source: Path, launcher: str) -> str:
    resolution = obtained.resolution
    owners: list[Probe | Fragment] = [resolution.probe, *resolution.fragments]
    labels = {item.label: item.path for owner in owners for item in owner.sources}
    include = [directory for owner in owners for directory in checks.include_directories(owner)]
    mends = missing_mends(resolution, obtained.library)
    defines = capabilities.definitions(facts, resolution.fragments)
    return module.compile_object(
        facts, source, include=include, labels=labels, mends=mends, defines=defines, launcher=launcher
    )
