"""What may befall a cache and a build: runs at once, a kill, a full disk, damaged signatures."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, Run, files, module, scons

KERNEL = "KERNEL=6.1-cloud"
NAMES = ("one", "two", "three")


def modules(directory: Path) -> dict[str, bytes]:
    """Return what was built."""
    built = {name: module(directory, name) for name in NAMES}
    return {name: path.read_bytes() for name, path in built.items() if path}


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The modules as they are without a cache."""
    directory = tmp_path_factory.mktemp("right")
    write(directory)
    assert scons(directory, KERNEL).status == 0
    assert len(modules(directory)) == len(NAMES)
    return modules(directory)


def write(directory: Path) -> Path:
    """Write the project into a directory."""
    for name, text in files().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def test_two_runs_at_once(right: dict[str, bytes], tmp_path: Path) -> None:
    """Two clones build at once into one cache that is not there yet; then a third takes all from it."""
    cache = f"CACHE={tmp_path / 'cache'}"
    clones = [write(tmp_path / name) for name in ("first", "second", "third")]
    runs: list[Run] = []
    threads = [
        threading.Thread(target=lambda clone=clone: runs.append(scons(clone, KERNEL, cache)))
        for clone in clones[:2]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs.append(scons(clones[2], KERNEL, cache))
    assert [run.status for run in runs] == [0, 0, 0], runs
    assert [modules(clone) for clone in clones] == [right] * 3
    assert runs[2].steps == set()


def test_a_run_that_is_killed(right: dict[str, bytes], tmp_path: Path) -> None:
    """SIGKILL at several moments of a build: the next run is right, and so is one from the cache."""
    directory, cache = write(tmp_path / "killed"), f"CACHE={tmp_path / 'cache'}"
    command = [sys.executable, "-m", "SCons", KERNEL, cache, "-j2"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons")}
    for pause in (0.3, 0.7, 1.1, 1.5):
        run = subprocess.Popen(
            command,
            cwd=directory,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(pause)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait(30)
    assert scons(directory, KERNEL, cache).status == 0
    assert modules(directory) == right
    shutil.rmtree(directory / "build")
    assert scons(directory, KERNEL, cache).status == 0
    assert modules(directory) == right


@pytest.mark.parametrize("damage", ["truncated", "empty", "noise"])
def test_damaged_signatures(right: dict[str, bytes], tmp_path: Path, damage: str) -> None:
    """Where scons' own notes are damaged, it builds anew, or uses what is right; never a traceback."""
    directory = write(tmp_path)
    assert scons(directory, KERNEL).status == 0
    notes = next(path for path in directory.rglob(".sconsign*") if path.is_file())
    content = notes.read_bytes()
    notes.write_bytes(
        {"truncated": content[: len(content) // 2], "empty": b"", "noise": b"\x80\x04noise" * 99}[damage]
    )
    source = directory / "probes/one/one.c"
    source.write_text(source.read_text(encoding="utf-8").replace("> 9", "> 1"), encoding="utf-8")
    run = scons(directory, KERNEL)
    assert run.status == 0, run.output
    assert "Traceback" not in run.output
    assert modules(directory)["two"] == right["two"]
    assert modules(directory)["one"] != right["one"]


def test_a_full_disk(right: dict[str, bytes], tmp_path: Path) -> None:
    """A cache on a file system that is really full is told of once, and the build goes on without."""
    directory, cache = write(tmp_path / "project"), tmp_path / "cache"
    cache.mkdir()
    script = 'mount -t tmpfs -o size=64k tmpfs "$0" && shift 0 && exec "$@"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(cache)]
    run = scons(directory, KERNEL, f"CACHE={cache}", before=command)
    assert run.status == 0, run.output
    assert modules(directory) == right
    assert run.output.count("cannot be written (No space left on device)") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can own files for another")
def test_a_directory_of_somebody_else(right: dict[str, bytes], project: Project, tmp_path: Path) -> None:
    """A cache that may not be written, or not even read, is told of, and the build goes on without."""
    directory, cache = project(files()), tmp_path / "cache"
    cache.mkdir(mode=0o700)
    os.chown(cache, 65534, 65534)
    user = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
    run = scons(directory, KERNEL, f"CACHE={cache}", before=user)
    assert run.status == 0, run.output
    assert "cannot be read (Permission denied)" in run.output
    assert modules(directory) == right
