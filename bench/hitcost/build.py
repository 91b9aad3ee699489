"""The modules that are measured: tapsmith's probes, built by tapsmith, and the ones written by hand."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from hitcost.cases import Case
from hitcost.measure import EMPTY, TARGET
from tapsmith import emission, module
from tapsmith.document import Scalar
from tapsmith.facts import Facts
from tapsmith.library import Library
from tapsmith.macro import Setting
from tapsmith.manifest import Requirement
from tapsmith.probe import Probe, load_probe
from tapsmith.resolution import check_target, resolve
from tapsmith.shipped import shipped_root
from tapsmith.versions import ANY

HERE = Path(__file__).resolve().parent.parent
_PER_CPU = "HIT_COST_PER_CPU"
_TWINS = {"maps": "percpu_maps", "map_stats": "percpu_stats"}
"""Fragments for shared maps, and what is needed beside each for maps of each CPU."""


def modules(facts: Facts, cases: Sequence[Case], out: Path) -> list[Path]:
    """Build what `cases` need below `out`: the probed function's module, the empty probe, then theirs."""
    library = Library.load([shipped_root(), HERE])
    jobs = [partial(plain_module, facts, name, out) for name in (TARGET, EMPTY)]
    for case in cases:
        kinds = (False, True) if case.per_cpu else (False,)
        jobs += [partial(probe_module, facts, library, case.name, out, per_cpu=kind) for kind in kinds]
        jobs += [partial(plain_module, facts, name, out) for name in case.hand_written()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda job: job(), jobs))


def probe_module(facts: Facts, library: Library, name: str, out: Path, *, per_cpu: bool) -> Path:
    """Build the probe in probes/`name` with shared maps or ones of each CPU; return its `.ko` below `out`."""
    probe = load_probe(HERE / "probes" / name)
    if per_cpu:
        probe = _per_cpu(probe)
    resolution = resolve(probe, library)
    check_target(resolution, facts.target.release, facts.config)
    source = _directory(out, probe.name) / f"{probe.name}.c"
    source.write_text(emission.emit(resolution), encoding="utf-8")
    return _compile(facts, source)


def plain_module(facts: Facts, name: str, out: Path) -> Path:
    """Build modules/`name`.c as it stands; return its `.ko` below `out`."""
    source = _directory(out, name) / f"{name}.c"
    shutil.copyfile(HERE / "modules" / source.name, source)
    return _compile(facts, source)


def _per_cpu(probe: Probe) -> Probe:
    """Return the probe under another name, with maps of each CPU."""
    setting = Setting(_PER_CPU, Scalar("true", True, probe.place), probe.place)
    twins = [_TWINS[need.name] for need in probe.needs if need.name in _TWINS]
    return dataclasses.replace(
        probe,
        name=f"{probe.name}_per_cpu",
        needs=(*probe.needs, *(Requirement(twin, ANY, (), probe.place) for twin in twins)),
        config=(*probe.config, setting),
    )


def _directory(out: Path, name: str) -> Path:
    directory = out / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def _compile(facts: Facts, source: Path) -> Path:
    module.compile_object(facts, source, include=[HERE / "modules"], labels={})
    module.link_module(facts, source.with_suffix(".o"))
    return source.with_suffix(".ko")
