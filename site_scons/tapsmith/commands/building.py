"""Modules for commands that need one: scons builds it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.kernel import Target
from tapsmith.probe import Probe


def build_module(probe: Probe, target: Target, quiet: bool = False) -> Path:
    """Let scons bring the module up to date, and return its path.  Raises TapsmithError: build-failed.

    A quiet one leaves standard output alone: scons is only heard when it fails.
    """
    return build_for_each(probe, [target], quiet)[0]


def build_for_each(probe: Probe, targets: Sequence[Target], quiet: bool = False) -> Sequence[Path]:
    """Do the same for several kernels, by one run of scons."""
    modules = [module_path(probe, target) for target in targets]
    done = _scons(targets, modules, stdout=subprocess.PIPE if quiet else None)
    if done.returncode:
        print(done.stdout or "", end="", file=sys.stderr)
        mend = "run it where the project's SConstruct is; scons tells above what is wrong"
        raise fail("build-failed", f"scons does not build {' and '.join(map(str, modules))}", mend=mend)
    return modules


def build_modules(probes: Sequence[Probe], target: Target) -> dict[str, Path | TapsmithError]:
    """Return the module of each probe, brought up to date by one silent run of scons, or why it is not there.

    The errors are `build-failed`, with what scons said of that probe.
    """
    modules = {probe.name: module_path(probe, target) for probe in probes}
    done = _scons([target], modules.values(), "-k", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found: dict[str, Path | TapsmithError] = dict(modules)
    for name, module in modules.items() if done.returncode else ():
        # Once more each for itself, so that each tells of nothing but its own mistakes.
        alone = _scons([target], [module], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if alone.returncode:
            mend = "mend what scons says of it"
            message = f"scons does not build {module}"
            found[name] = fail("build-failed", message, mend=mend, detail=alone.stdout.strip())
    return found


def module_path(probe: Probe, target: Target) -> Path:
    """Return where scons makes the module of a probe."""
    return Path("build") / target.release / probe.name / f"{probe.name}.ko"


def _scons(
    targets: Iterable[Target],
    modules: Iterable[Path],
    *options: str,
    stdout: int | None,
    stderr: int | None = None,
) -> subprocess.CompletedProcess[str]:
    kernels = ",".join(target.release for target in targets)
    command = [sys.executable, "-m", "SCons", "-Q", *options, f"KERNEL={kernels}", *map(str, modules)]
    return subprocess.run(command, check=False, stdout=stdout, stderr=stderr, text=True, errors="replace")
