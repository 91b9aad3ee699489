"""What each fragment costs in a built module."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conftest import Modules, Project
from scons_project import ROOT, module, scons
from tapsmith.analysis.costs import Cost, held, measure
from tapsmith.diagnostics import TapsmithError
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution, resolve

LIBRARY = Library.load([ROOT, ROOT / "tests"])


def resolution_of(name: str) -> Resolution:
    """Return the resolution of a probe of this tree or of the tests."""
    parent = ROOT / "probes" if (ROOT / "probes" / name).is_dir() else ROOT / "tests/probes"
    return resolve(load_probe(parent / name), LIBRARY)


def counted(path: Path) -> int:
    """Return the bytes that `size` counts."""
    done = subprocess.run(["size", str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[1].split()[3])


def test_the_rows_are_the_whole_module(modules: Modules, built_probe: str) -> None:
    """Their sum is what `size` counts, to the byte; nearly all code has an owner."""
    path = modules.path(built_probe)
    costs = measure(path, resolution_of(built_probe))
    assert sum(cost.total for cost in costs) == counted(path)
    code = sum(cost.code for cost in costs)
    owned = sum(cost.code for cost in costs if cost.kind != "section")
    assert owned > 0.8 * code
    assert min(min(cost.code, cost.data) for cost in costs) >= 0


COUNTER = """\
name: counter
version: 1.0.0
summary: Counts
license: GPL-2.0
sources: [counter.c]
exports:
  functions: {count_slowly: process, count_inline: any}
"""
COUNTER_C = """\
static long counted[100];

static noinline void count_slowly(int n)
{
	while (n--)
		WRITE_ONCE(counted[n], READ_ONCE(counted[n]) + n);
}

static __always_inline void count_inline(int n)
{
	WRITE_ONCE(counted[7], READ_ONCE(counted[7]) * n + 1);
	WRITE_ONCE(counted[8], READ_ONCE(counted[8]) * n + 2);
	WRITE_ONCE(counted[9], READ_ONCE(counted[9]) * n + 3);
}
"""
PROBE = "name: {0}\nsummary: S\nneeds: {{counter: ^1.0}}\n"
CODE = """\
static int mine[50] = {{ 1 }};

static int probe_begin(void)
{{
	{0}
	return READ_ONCE(mine[3]);
}}

static void probe_end(void)
{{
}}
"""
FILES = {
    "SConstruct": (
        "import tapsmith.scons\n\nenv = Environment(tools=[tapsmith.scons.generate], PROBE_LOCKS=False)\n"
        'for probe in Glob("probes/*"):\n    env.ProbeModule(probe)\n'
    ),
    "manifests/counter.yaml": COUNTER,
    "fragments/counter/counter.c": COUNTER_C,
    "probes/calls/probe.yaml": PROBE.format("calls"),
    "probes/calls/calls.c": CODE.format("count_slowly(5);"),
    "probes/inlines/probe.yaml": PROBE.format("inlines"),
    "probes/inlines/inlines.c": CODE.format("count_inline(5);"),
    "probes/leaves/probe.yaml": PROBE.format("leaves"),
    "probes/leaves/leaves.c": CODE.format("/* count_slowly(5) */"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three probes that use a fragment in different ways."""
    directory = tmp_path_factory.mktemp("costs")
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    run = scons(directory, "KERNEL=6.1-cloud")
    assert run.status == 0, run.output
    return directory


def rows(directory: Path, name: str) -> dict[str, Cost]:
    """Return the rows of a probe's module by name, `size` having confirmed them."""
    path = module(directory, name)
    assert path is not None
    resolution = resolve(load_probe(directory / "probes" / name), Library.load([directory]))
    costs = measure(path, resolution)
    assert sum(cost.total for cost in costs) == counted(path)
    return {cost.name: cost for cost in costs}


def test_code_and_data_go_to_their_owners(built: Path) -> None:
    """A function that is called, with its array; the probe's array is the probe's."""
    costs = rows(built, "calls")
    assert costs["counter"].kind == "fragment"
    assert costs["counter"].data == 800
    assert costs["calls"].data == 200
    assert costs["counter"].code > 10
    assert costs["generated"].code > 0


def test_inlined_code_counts_for_who_wrote_it(built: Path) -> None:
    """It stands in the probe's function, or in that of the frame, and is the fragment's."""
    costs = rows(built, "inlines")
    assert costs["counter"].code > 3 * 8
    assert costs["inlines"].code < costs["counter"].code


def test_a_fragment_that_left_nothing_costs_nothing(built: Path) -> None:
    """It has a row of zeros, and is not held."""
    costs = rows(built, "leaves")
    assert (costs["counter"].code, costs["counter"].data) == (0, 0)
    assert held(tuple(costs.values())) == frozenset()
    assert held(tuple(rows(built, "calls").values())) == {"counter"}


def test_what_is_no_module_is_refused(project: Project) -> None:
    """Whatever the file holds, or if there is none."""
    path = project({"x.ko": "no module"}) / "x.ko"
    for file in (path, path.with_name("absent.ko")):
        with pytest.raises(TapsmithError) as refused:
            measure(file, resolution_of("hello"))
        assert refused.value.codes == ("bad-module",)
