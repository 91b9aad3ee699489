"""The shipped probes are as `tapsmith check` wants them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scons_project import ROOT
from tapsmith.analysis import extensions, usage
from tapsmith.analysis.ctokens import Unit
from tapsmith.analysis.probe_check import check_probe
from tapsmith.analysis.sources import read_units
from tapsmith.library import Library
from tapsmith.manifest import Fragment, Requirement
from tapsmith.probe import Probe, load_probe
from tapsmith.resolution import resolve
from tapsmith.versions import ANY

PROBES = sorted(file.parent for file in (ROOT / "probes").glob("*/probe.yaml"))
NAMES = [directory.name for directory in PROBES]
LIBRARY = Library.load([ROOT])


@pytest.mark.parametrize("directory", PROBES, ids=lambda directory: str(directory.name))
def test_a_shipped_probe_is_clean(directory: Path) -> None:
    """Nothing is found in it."""
    found = check_probe(resolve(load_probe(directory), LIBRARY), LIBRARY)
    assert [str(problem) for problem in found] == []


def needs(name: str, fragment: str) -> bool:
    """Tell whether the probe called `name` needs a fragment itself."""
    return any(need.name == fragment for need in load_probe(ROOT / "probes" / name).needs)


def extends_by_stats(name: str) -> bool:
    """Tell whether percpu_stats changes what the probe does with its maps."""
    return not needs(name, "percpu_stats") and (needs(name, "map_stats") or needs(name, "percpu_maps"))


# Why one need too many, or one too few, is not seen there.
EXTENDS = "it extends what the probe uses; its bytes in the module tell whether it is needed"
BUILD = "the build tells: the kernel has no function of that name, or the format's letter is refused"
LOAD = "a symbol that is given at load may be a plain name"
TRANSPORT = "it changes where lines go, which is the probe's to say"
SET = "the probe sets a macro of it"
UNSEEN = {
    **dict.fromkeys(((probe, "+buffers") for probe in NAMES), TRANSPORT),
    **dict.fromkeys(((probe, "+unload") for probe in NAMES if needs(probe, "maps")), EXTENDS),
    **dict.fromkeys(((probe, "+percpu_stats") for probe in NAMES if extends_by_stats(probe)), EXTENDS),
    **dict.fromkeys(((probe, "+syscall_names") for probe in ("funccount", "where_func", "whocalls")), LOAD),
    ("fileio", "-syscall_names"): BUILD,
    ("funclatency", "-percpu_stats"): BUILD,
    ("readsize", "-map_print_stats"): BUILD,
    ("readsize", "+stats"): SET,
}


@pytest.mark.parametrize("directory", PROBES, ids=lambda directory: str(directory.name))
def test_a_need_too_many_or_too_few_is_seen(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each need is taken away, each other fragment added: both are found, but where the reason is known."""
    known: dict[str, tuple[Unit, ...]] = {}

    def read(owner: Probe | Fragment) -> tuple[Unit, ...]:
        if owner.name not in known:
            known[owner.name] = read_units(owner)
        return known[owner.name]

    monkeypatch.setattr(extensions, "read_units", read)
    probe = load_probe(directory)
    files = read_units(probe)
    unseen = set()
    for change, needs in changes(probe):
        resolution = resolve(replace(probe, needs=needs), LIBRARY)
        found = usage.check_needs(resolution, LIBRARY, usage.find_usage(resolution, LIBRARY, files))
        codes = {"unused-need"} if change[0] == "+" else {"undeclared-need", "missing-need"}
        if not any(f"`{change[1:]}`" in p.message for p in found if p.code in codes):
            unseen.add((probe.name, change))
    assert unseen == {case for case in UNSEEN if case[0] == probe.name}


def changes(probe: Probe) -> Iterator[tuple[str, tuple[Requirement, ...]]]:
    """Give the needs without one of them, and with one more fragment."""
    for need in probe.needs:
        yield f"-{need.name}", tuple(other for other in probe.needs if other is not need)
    for name in LIBRARY.fragments.keys() - {need.name for need in probe.needs}:
        yield f"+{name}", (*probe.needs, Requirement(name, ANY, (), probe.place))
