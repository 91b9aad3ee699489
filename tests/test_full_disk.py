"""A disk that is really full, at each page and each file more: fetching, publishing, exporting."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from origins import World
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.network import OFFLINE_VARIABLE


def refused(world: World, what: str) -> int:
    """Run a part of full_disk.py; return how often there was no room."""
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel, or the container, lets nobody but root have a namespace of mounts")
    (world.root / "disk").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != OFFLINE_VARIABLE}
    environment["PYTHONPATH"] = f"{ROOT / 'tests'}:{ROOT / 'site_scons'}"
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-P", ROOT / "tests/full_disk.py", what, world.root],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.splitlines()[-1])


def test_a_fetch(served: World) -> None:
    """Nothing half is in the cache, not even a draft; with room again it ends well."""
    assert main(["lock"]) == 0
    assert refused(served, "fetch") > 10


def test_a_publish(world: World) -> None:
    """The registry works as it was, or as it is to be; the same again ends well."""
    assert refused(world, "publish") > 5


def test_an_export(world: World) -> None:
    """The layout is the old one until it is the new one."""
    assert refused(world, "export") > 5
