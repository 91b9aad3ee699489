"""The same inputs give the same bytes, wherever, by whomever and whenever they are built or fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

import launchers
from conftest import Modules
from scons_project import PROBES_OF_TREE, ROOT, Run, scons
from tapsmith.kernel import Target
from tapsmith.kernelcache import cache_dir

_PARTS = ("probes", "fragments", "manifests", "site_scons", "docs/schema")
_SCONSTRUCT = """\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate], PROBE_LOCKS=False)
for probe in Glob("probes/*/probe.yaml"):
    env.ProbeModule(probe.dir)
"""
_ANOTHER_USER = ("unshare", "--map-user=1234", "--map-group=1234")


def clone(directory: Path) -> Path:
    """Copy this tree, tapsmith included, to a directory; its files have other dates."""
    ignore = shutil.ignore_patterns("__pycache__", "tapsmith.lock")
    for part in _PARTS:
        shutil.copytree(ROOT / part, directory / part, ignore=ignore, copy_function=shutil.copyfile)
    (directory / "SConstruct").write_text(_SCONSTRUCT, encoding="utf-8")
    return directory


def contents(directory: Path) -> dict[str, bytes]:
    """Return the modules of the sample probes that were built in a directory."""
    found = {path.stem: path.read_bytes() for path in directory.glob("build/*/*/*.ko")}
    return {name: found[name] for name in PROBES_OF_TREE if name in found}


def differing(one: Mapping[str, bytes], two: Mapping[str, bytes]) -> list[str]:
    """Return the names of the modules that differ."""
    return [name for name in PROBES_OF_TREE if not one.get(name) or one[name] != two.get(name)]


def build_as_another(home: Path, *arguments: str) -> Run:
    """Build as another user, with another home, in another year, time zone, language and umask.

    What make and gcc would take from the environment is there as well.
    """
    tools = launchers.programs(cache_dir())
    preload = next(Path(tools["LD_LIBRARY_PATH"].split(":")[-1]).rglob("libfaketime.so.1"))
    strange = {
        **{"USER": "somebody", "LOGNAME": "somebody", "HOME": str(home), "TAPSMITH_CACHE": str(cache_dir())},
        **{"LD_PRELOAD": str(preload), "FAKETIME": "-400d", "TZ": "Pacific/Chatham", "LANG": "tr_TR.UTF-8"},
        **{"SOURCE_DATE_EPOCH": "86400", "KBUILD_BUILD_TIMESTAMP": "1970-01-02", "MAKEFLAGS": "-j1"},
        **{"KCFLAGS": "-O1", "CFLAGS_MODULE": "-DSOMEBODYS", "CPATH": str(home), "W": "1", "V": "0"},
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    allowed = subprocess.run([*_ANOTHER_USER, "true"], capture_output=True, check=False).returncode == 0
    before = os.umask(0o077)
    try:
        user = _ANOTHER_USER if allowed else ()
        return scons(home, *arguments, path=home / "site_scons", env={**env, **strange}, before=user)
    finally:
        os.umask(before)


def test_the_same_bytes(modules: Modules, tmp_path: Path) -> None:
    """Another clone of another user makes the same modules, and what it puts into a cache serves a third."""
    here = contents(modules.directory)
    kernel, cache = f"KERNEL={modules.target.release}", f"CACHE={tmp_path / 'cache'}"
    other = clone(tmp_path / "another place, of another")
    run = build_as_another(other, kernel, cache, "-j1")
    assert run.status == 0, run.output
    assert differing(here, contents(other)) == []
    third = clone(tmp_path / "third")
    run = scons(third, kernel, cache, "-j2", path=third / "site_scons")
    assert run.status == 0, run.output
    assert run.steps == set(), run.output
    assert differing(here, contents(third)) == []


def test_flags_of_the_caller(any_kernel: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """What make and gcc would take from the environment reaches neither; paths and proxies do."""
    for name in ("KCFLAGS", "CFLAGS_MODULE", "MAKEFLAGS", "CPATH", "KBUILD_MODPOST_WARN", "W"):
        monkeypatch.setenv(name, "1")
        assert name not in any_kernel.variables()
    assert any_kernel.variables()["PATH"] == os.environ["PATH"]
