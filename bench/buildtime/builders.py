"""The two builds, as commands with what has to be done before each kind of run."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from buildtime.sources import edit, names
from tapsmith.kernel import Target

SITE = Path(__file__).resolve().parents[2] / "site_scons"


@dataclass(frozen=True)
class Time:
    """Seconds of a command: as a clock has it, and of the processors."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Build:
    """A tree and its command; `sources` are in the modules' order, after `clean` a run is a first one."""

    name: str
    root: Path
    command: Sequence[str]
    environment: Mapping[str, str]
    sources: Sequence[Path]
    modules: Sequence[Path]
    clean: Callable[[], None] = field(repr=False)

    def run(self) -> Time:
        """Build; RuntimeError with its output if that fails or a module is missing."""
        before, began = _children(), time.monotonic()
        done = subprocess.run(
            self.command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )
        found = Time(time.monotonic() - began, _children() - before)
        missing = [module for module in self.modules if not module.is_file()]
        if done.returncode or missing:
            raise RuntimeError(f"{self.name} made no {missing[:3]}:\n{done.stdout}{done.stderr}")
        return found

    def changed(self, number: int) -> Time:
        """Edit the module in the middle, build, and return the time of the build."""
        module = self.modules[len(self.modules) // 2]
        before = module.read_bytes()
        edit(self.sources[len(self.sources) // 2], number)
        found = self.run()
        if module.read_bytes() == before:
            raise RuntimeError(f"{self.name} did not build {module} anew")
        return found


def kbuild(root: Path, count: int, target: Target, jobs: int) -> Build:
    """Return the build of modules written by hand through the kernel's own build."""
    made = [root / f"{name}.ko" for name in names(count)]
    sources = [root / f"{name}.c" for name in names(count)]
    keep = {source.name for source in sources} | {"Kbuild"}

    def clean() -> None:
        for entry in root.iterdir():
            if entry.name not in keep:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    command = ["make", f"-j{jobs}", "-C", str(target.tree), f"M={root}", "modules"]
    return Build("kbuild", root, command, target.variables(), sources, made, clean)


def tapsmith(root: Path, count: int, target: Target, jobs: int, *arguments: str) -> Build:
    """Return the build of probes through scons."""
    build = root / "build" / target.release
    made = [build / name / f"{name}.ko" for name in names(count)]
    sources = [root / "probes" / name / f"{name}.c" for name in names(count)]

    def clean() -> None:
        shutil.rmtree(root / "build", ignore_errors=True)
        (root / ".sconsign.dblite").unlink(missing_ok=True)

    command = [sys.executable, "-P", "-m", "SCons", "-Q", f"-j{jobs}", f"KERNEL={target.release}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(SITE)}
    return Build("tapsmith", root, command, environment, sources, made, clean)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
