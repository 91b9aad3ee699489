"""A small project with its own fragments, for tests that run scons for real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROBES_OF_TREE = sorted(file.parent.name for file in (ROOT / "probes").glob("*/probe.yaml"))
_STEP = re.compile(r"^  (MODULE|REFUSE) +(?:\S*/)?(\w+)(?:\.\w+)?$", re.MULTILINE)

SCONSTRUCT = """\
import tapsmith.scons

DefaultEnvironment(tools=[])
env = Environment(tools=[tapsmith.scons.generate], PROBE_LOCKS=False)
for probe in Glob("probes/*/probe.yaml"):
    env.ProbeModule(probe.dir)
"""
MANIFEST = """\
name: {name}
version: 1.0.0
summary: A counter for tests
license: GPL-2.0
config:
  {macro}: {{type: int, default: 1, range: [1, 9], help: "what one hit counts"}}
sources: [{name}.c]
exports:
  functions: {{{name}_hit: any}}
"""
FRAGMENT = "static int {name}_hit(void)\n{{\n\treturn {macro};\n}}\n"
PROBE_YAML = "name: {name}\nsummary: Counts\nneeds: {{{need}: ^1.0}}\nconfig: {{{macro}: 2}}\n"
PROBE_C = """\
static int probe_begin(void)
{{
	return {need}_hit() > 9 ? -EINVAL : 0;
}}

static void probe_end(void)
{{
}}
"""


def files() -> dict[str, str]:
    """Return a project of two fragments and three probes: `one` and `two` share a fragment."""
    made = {"SConstruct": SCONSTRUCT}
    for name in ("tick", "tock"):
        macro = f"{name.upper()}_STEP"
        made[f"manifests/{name}.yaml"] = MANIFEST.format(name=name, macro=macro)
        made[f"fragments/{name}/{name}.c"] = FRAGMENT.format(name=name, macro=macro)
    for name, need in (("one", "tick"), ("two", "tick"), ("three", "tock")):
        macro = f"{need.upper()}_STEP"
        made[f"probes/{name}/probe.yaml"] = PROBE_YAML.format(name=name, need=need, macro=macro)
        made[f"probes/{name}/{name}.c"] = PROBE_C.format(need=need)
    return made


@dataclass(frozen=True)
class Run:
    """What one run of scons said, and how it ended."""

    status: int
    output: str

    @property
    def steps(self) -> set[tuple[str, str]]:
        """The steps that ran, as (step, probe)."""
        return {(found[1], found[2]) for found in _STEP.finditer(self.output)}

    @property
    def rebuilt(self) -> set[str]:
        """The probes of which any step ran."""
        return {probe for _, probe in self.steps}


def scons(
    directory: Path,
    *arguments: str,
    path: Path = ROOT / "site_scons",
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Run:
    """Run scons in `directory` with the package that lies in `path`; a run may take 300 s.

    `env` is its environment, if it is not ours, and `before` what is put before its command.
    """
    done = subprocess.run(
        [*before, sys.executable, "-m", "SCons", *arguments],
        cwd=directory,
        env={**(os.environ if env is None else env), "PYTHONPATH": str(path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def module(directory: Path, probe: str) -> Path | None:
    """Return the module of `probe` for the one kernel built for, or None."""
    return next(iter((directory / "build").glob(f"*/{probe}/{probe}.ko")), None)
