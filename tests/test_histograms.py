"""What a probe asks of statistics and maps that they do not give is refused at build, with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import Project
from scons_project import module, scons

KERNEL = "KERNEL=6.1-cloud"
SCONSTRUCT = """\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate], PROBE_LOCKS=False)
env.ProbeModule("probes/asks")
"""
C = """\
static int probe_begin(void)
{{
	static {variable};

	return {call};
}}

static void probe_end(void)
{{
}}
"""


@dataclass(frozen=True)
class Case:
    """A call, the variable that it is about, what its probe needs, and the macro that allows for it."""

    call: str
    variable: str
    needs: str
    macro: str


CASES = {
    "a linear histogram": Case(
        "_stp_stat_init_linear(&stats, 0, 100, 10)", "stat stats", "stats: ^1.1", "STAT_LINEAR"
    ),
    "linear histograms in a map": Case(
        "_stp_map_linear(map, 0, 100, 10)", "MAP map", "map_stats: ^1.1", "STAT_LINEAR"
    ),
    "a variance": Case(
        "_stp_stat_variance(&stats) > 9 ? -EINVAL : 0", "stat stats", "stats: ^1.1", "STAT_VARIANCE"
    ),
}


def _asks(project: Project, case: Case) -> Path:
    return project(
        {
            "SConstruct": SCONSTRUCT,
            "probes/asks/probe.yaml": f"name: asks\nsummary: Asks for more\nneeds: {{{case.needs}}}\n",
            "probes/asks/asks.c": C.format(variable=case.variable, call=case.call),
        }
    )


@pytest.mark.parametrize("name", CASES)
def test_a_function_names_the_macro_it_needs(project: Project, name: str) -> None:
    """Without the macro the call is an error that names it; with it the module is built."""
    case = CASES[name]
    directory = _asks(project, case)
    refused = scons(directory, KERNEL)
    assert refused.status != 0
    assert f"set {case.macro} to true in config of probe.yaml" in refused.output
    with (directory / "probes/asks/probe.yaml").open("a", encoding="utf-8") as file:
        file.write(f"config: {{{case.macro}: true}}\n")
    allowed = scons(directory, KERNEL)
    assert allowed.status == 0, allowed.output
    assert module(directory, "asks")


def test_a_map_per_cpu_is_not_sorted(project: Project) -> None:
    """Sorting parts is senseless: the error says what to sort instead, and that is built."""
    needs = "percpu_maps: ^1.0, map_sort: ^1.0"
    directory = _asks(project, Case("_stp_map_sort(map, 0, -1)", "PMAP map", needs, ""))
    refused = scons(directory, KERNEL)
    assert refused.status != 0
    assert "read as a whole: by foreach, or from the MAP of _stp_map_snapshot()" in refused.output
    sorts = C.format(variable="PMAP map", call="_stp_map_sort(_stp_map_snapshot(map), 0, -1)")
    (directory / "probes/asks/asks.c").write_text(sorts, encoding="utf-8")
    allowed = scons(directory, KERNEL)
    assert allowed.status == 0, allowed.output
