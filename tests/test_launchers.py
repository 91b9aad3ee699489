"""CC_LAUNCHER with the real ccache, sccache, distcc and icecc: the modules are the same to the byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

import launchers
from scons_project import ROOT, Run, scons
from tapsmith.diagnostics import TapsmithError
from tapsmith.kernel import Target
from tapsmith.kernelcache import cache_dir
from tapsmith.launcher import launcher

NAMES = ("hello", "fileio", "tasklet")
_SCONSTRUCT = f"""\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate], PROBE_ROOTS=[{str(ROOT)!r}], PROBE_LOCKS=False)
for name in {NAMES}:
    env.ProbeModule({str(ROOT)!r} + "/probes/" + name)
"""


@pytest.fixture(scope="session")
def env() -> dict[str, str]:
    """The environment in which the launchers are found."""
    return launchers.programs(cache_dir())


class Build:
    """A directory in which the probes are built, with and without launchers."""

    def __init__(self, directory: Path, kernel: Target) -> None:
        self.directory, self.kernel = directory, kernel
        (directory / "SConstruct").write_text(_SCONSTRUCT, encoding="utf-8")

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Run:
        """Build from nothing."""
        shutil.rmtree(self.directory / "build", ignore_errors=True)
        run = scons(self.directory, f"KERNEL={self.kernel.release}", "-j2", *arguments, env=env)
        assert run.status == 0, run.output
        assert "warning" not in run.output
        return run

    def modules(self) -> dict[str, bytes]:
        """Return what was built."""
        return {path.name: path.read_bytes() for path in self.directory.glob("build/*/*/*.ko")}


@pytest.fixture(scope="module")
def build(any_kernel: Target, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Where to build."""
    return Build(tmp_path_factory.mktemp("launchers"), any_kernel)


@pytest.fixture(scope="module")
def plain(build: Build) -> dict[str, bytes]:
    """The modules as they are without a launcher."""
    build.run()
    modules = build.modules()
    assert sorted(modules) == sorted(f"{name}.ko" for name in NAMES)
    return modules


def test_a_launcher_that_is_not_there(build: Build) -> None:
    """It is refused, not taken for the compiler's failure."""
    with pytest.raises(TapsmithError) as caught:
        launcher("no-such-launcher --fast")
    assert caught.value.codes == ("launcher-missing",)
    assert launcher("") == launcher(None) == launcher([]) == ""
    run = scons(build.directory, f"KERNEL={build.kernel.release}", "CC_LAUNCHER=no-such-launcher", "hello")
    assert run.status == 2
    assert "[launcher-missing]" in run.output


def test_the_launcher_gets_the_compiler_alone(build: Build, plain: dict[str, bytes], tmp_path: Path) -> None:
    """objtool, modpost and the linker are not its business; its words are kept."""
    log = tmp_path / "a log"
    script = tmp_path / "my launcher"
    script.write_text('#!/bin/sh\necho "$2" >> "$1"\nshift\nexec "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    build.run(f"CC_LAUNCHER='{script}' '{log}'")
    assert build.modules() == plain
    assert log.read_text(encoding="utf-8").splitlines() == [build.kernel.compiler()] * len(NAMES)


def test_ccache(build: Build, plain: dict[str, bytes], env: dict[str, str], tmp_path: Path) -> None:
    """The second build compiles nothing."""
    own = {**env, "CCACHE_DIR": str(tmp_path), "CC_LAUNCHER": "ccache"}
    for hits in (0, len(NAMES)):
        build.run(env=own)
        assert build.modules() == plain
        told = subprocess.run(
            ["ccache", "--print-stats"], env=own, capture_output=True, text=True, check=True
        )
        stats = dict(line.split("\t") for line in told.stdout.splitlines())
        assert int(stats["direct_cache_hit"]) + int(stats["preprocessed_cache_hit"]) == hits
        assert int(stats["cache_miss"]) == len(NAMES)


def test_sccache(build: Build, plain: dict[str, bytes], env: dict[str, str], tmp_path: Path) -> None:
    """The second build compiles nothing."""
    port = str(launchers.free_port())
    own = {**env, "SCCACHE_DIR": str(tmp_path), "SCCACHE_SERVER_PORT": port, "SCCACHE_IDLE_TIMEOUT": "100"}
    try:
        for hits in (0, len(NAMES)):
            build.run("CC_LAUNCHER=sccache", env=own)
            assert build.modules() == plain
            told = subprocess.run(["sccache", "-s"], env=own, capture_output=True, text=True, check=True)
            stats = dict(line.rsplit(None, 1) for line in told.stdout.splitlines() if line)
            assert int(stats["Cache hits"]) == hits
            assert int(stats["Cache misses"]) == len(NAMES)
    finally:
        subprocess.run(["sccache", "--stop-server"], env=own, capture_output=True, check=False)


def kill_when_busy(worker: launchers.Worker, mark: str) -> threading.Thread:
    """Kill a worker as soon as it begins another job."""
    before = worker.jobs(mark)

    def kill() -> None:
        launchers.until(lambda: worker.jobs(mark) > before)
        worker.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_distcc(build: Build, plain: dict[str, bytes], env: dict[str, str], tmp_path: Path) -> None:
    """Two workers compile; what they send back is the same."""
    with launchers.distcc(env, tmp_path) as (own, workers):
        build.run("CC_LAUNCHER=distcc", env={**own, "DISTCC_FALLBACK": "0"})
        assert build.modules() == plain
        assert sum(worker.jobs("COMPILE_OK") for worker in workers) == len(NAMES)
        busy = kill_when_busy(workers[0], "compile from")
        build.run("CC_LAUNCHER=distcc", env=own)
        busy.join(60)
        assert workers[0].process.returncode == -9
        assert build.modules() == plain


@pytest.mark.skipif(os.geteuid() != 0, reason="iceccd changes its root directory and its user: only root may")
@pytest.mark.parametrize("killed", [pytest.param(False, marks=pytest.mark.matrix), True])
def test_icecc(build: Build, plain: dict[str, bytes], env: dict[str, str], killed: bool) -> None:
    """A worker compiles, and sends back the same; killed in the midst of the job, it stops no build."""
    compiler = shutil.which(build.kernel.compiler())
    assert compiler
    done = "Remote compilation completed with exit code 0"
    with launchers.icecc(env, Path(compiler)) as (own, workers):
        # What gcc says is shown as it is: there is no terminal whose width would matter.
        own = {**own, "CC_LAUNCHER": "icecc", "ICECC_CARET_WORKAROUND": "0"}
        own["ICECC_PREFERRED_HOST"] = "one"
        killing = kill_when_busy(workers[0], "remote compile for file") if killed else None
        build.run(env=own)
        assert build.modules() == plain
        if killing:
            killing.join(60)
            assert workers[0].process.returncode == -9
        else:
            assert workers[0].jobs(done)
