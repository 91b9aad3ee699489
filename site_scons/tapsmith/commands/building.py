"""Modules for commands that need one: scons builds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tapsmith.diagnostics import fail
from tapsmith.kernel import Target
from tapsmith.probe import Probe


def build_module(probe: Probe, target: Target, quiet: bool = False) -> Path:
    """Let scons bring the module up to date, and return its path.  Raises TapsmithError: build-failed.

    A quiet one leaves standard output alone: scons is only heard when it fails.
    """
    module = Path("build") / target.release / probe.name / f"{probe.name}.ko"
    command = [sys.executable, "-m", "SCons", "-Q", f"KERNEL={target.release}", str(module)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE if quiet else None, text=True)
    if done.returncode:
        print(done.stdout or "", end="", file=sys.stderr)
        raise fail(
            "build-failed",
            f"scons does not build {module}",
            mend="run it where the project's SConstruct is; scons tells above what is wrong",
        )
    return module
