"""The cache when processes are killed, when the disk is full, and when many use it at once."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from origins import World, versions
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.packages import kept
from tapsmith.packages.store import Store

# Each way in which a file or directory comes into being, or gets another name.
KILL = """\
import os, signal, sys

_left = int(os.environ["KILL_AFTER"])

def _count(event, arguments):
    global _left
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
    if (writes or event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir")) and CACHE in str(arguments[0]):
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(_count)
"""


@pytest.fixture
def fresh(served: World) -> World:
    """A locked project on nginx, with nothing of packages in the cache."""
    assert main(["lock"]) == 0
    clear(served)
    return served


def clear(world: World) -> None:
    """Take all of packages out of the cache."""
    for name in ("fragments", "registries"):
        shutil.rmtree(world.root / "cache" / name, ignore_errors=True)


def run(
    *words: str, before: Callable[[], None] | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    path = more.pop("PYTHONPATH", "") + f":{ROOT / 'site_scons'}"
    return subprocess.run(
        [sys.executable, "-m", "tapsmith.cli", *words],
        env={**os.environ, "PYTHONPATH": path, **more},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
    )


def assert_whole(world: World) -> None:
    """All that has a name in the cache is what its name says; what is not whole has a draft's name."""
    cache = world.root / "cache"
    for home in (cache / "fragments").glob("[!.]*/[!.]*"):
        name = next((home / "manifests").iterdir()).stem
        assert Store(cache).trouble(name, home.name) is None
    for path in (cache / "registries").rglob("[!.]*"):
        assert path.is_dir() or kept.load(path) is not None, path


def drafts(world: World) -> list[Path]:
    """Return what was left unfinished."""
    found = [
        path for name in ("fragments", "registries") for path in (world.root / "cache" / name).rglob(".*")
    ]
    return sorted(found)


def test_killed_at_any_moment(fresh: World) -> None:
    """At each step at which the cache changes: nothing half is there, and the next one ends well."""
    guard = fresh.root / "guard"
    guard.mkdir()
    text = f"CACHE = {str(fresh.root / 'cache')!r}\n{KILL}"
    (guard / "sitecustomize.py").write_text(text, encoding="utf-8")
    before = fresh.lock.read_text(encoding="utf-8")
    steps = 0
    for step in range(1, 200, 2):
        clear(fresh)
        done = run("fetch", PYTHONPATH=str(guard), KILL_AFTER=str(step))
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert_whole(fresh)
        steps += 1
        if step % 10 == 1:
            assert main(["fetch"]) == 0
            assert main(["verify"]) == 0
    assert steps > 10
    assert versions(fresh)["deep"] == "1.1.0"
    assert fresh.lock.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("most", [0, 40, 100, 200, 300, 400, 600])
def test_a_full_disk(fresh: World, most: int) -> None:
    """One sentence with the place and the mend; nothing half is left, not even a draft."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = run("fetch", "--json", before=limit)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for error in json.loads(done.stdout)["errors"]:
        assert error["code"] == "cannot-write"
        assert "File too large" in error["message"]
        assert error["file"].startswith(str(fresh.root / "cache"))
        assert re.match("make room there", error["mend"])
    assert_whole(fresh)
    assert drafts(fresh) == []
    assert main(["fetch"]) == 0
    assert main(["verify"]) == 0


def test_many_processes_at_once(fresh: World) -> None:
    """All get all of it, from one server into one cache."""
    command = [sys.executable, "-m", "tapsmith.cli", "fetch"]
    told = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons")}
    running = [subprocess.Popen(command, env=told, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(120) for process in running] == [0, 0, 0, 0]
    assert_whole(fresh)
    assert drafts(fresh) == []
    assert main(["verify"]) == 0


def test_a_full_cache_is_left_alone(fresh: World) -> None:
    """What is there is used as it is: nothing is written for that."""
    assert main(["fetch"]) == 0
    before = {path: path.stat().st_mtime_ns for path in (fresh.root / "cache/fragments").rglob("*")}
    assert main(["tree", "--offline"]) == 0
    assert main(["fetch", "--offline"]) == 0
    after = {path: path.stat().st_mtime_ns for path in (fresh.root / "cache/fragments").rglob("*")}
    assert after == before
