"""What a probe asks of statistics that its macros do not allow for is refused at build, by macro."""

from __future__ import annotations

import pytest

from conftest import Project
from scons_project import module, scons

SCONSTRUCT = """\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate])
env.ProbeModule("probes/asks")
"""
C = """\
static int probe_begin(void)
{{
	static stat stats;

	return {call};
}}

static void probe_end(void)
{{
}}
"""
CASES = {
    "STAT_LINEAR": "_stp_stat_init_linear(&stats, 0, 100, 10)",
    "STAT_VARIANCE": "_stp_stat_variance(&stats) > 9 ? -EINVAL : 0",
}


@pytest.mark.parametrize("macro", CASES)
def test_a_function_names_the_macro_it_needs(project: Project, macro: str) -> None:
    """Without the macro the call is an error that names it; with it the module is built."""
    manifest = "name: asks\nsummary: Asks for more\nneeds: {stats: ^1.1}\n"
    directory = project(
        {
            "SConstruct": SCONSTRUCT,
            "probes/asks/probe.yaml": manifest,
            "probes/asks/asks.c": C.format(call=CASES[macro]),
        }
    )
    refused = scons(directory, "KERNEL=6.1-cloud")
    assert refused.status != 0
    assert f"set {macro} to true in config of probe.yaml" in refused.output
    (directory / "probes/asks/probe.yaml").write_text(
        manifest + f"config: {{{macro}: true}}\n", encoding="utf-8"
    )
    allowed = scons(directory, "KERNEL=6.1-cloud")
    assert allowed.status == 0, allowed.output
    assert module(directory, "asks")
