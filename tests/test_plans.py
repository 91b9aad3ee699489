"""Plans: what a later build takes from an earlier one, and when it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, files, scons
from tapsmith.fingerprints import ABSENT, Fingerprints
from tapsmith.plans import PLANS_FILE, Plan, Plans

KERNEL = "KERNEL=6.1-cloud"
PLAN = Plan("one", "digest", ("one.c",), ("tick",))


def old(path: Path) -> None:
    """Give a file a time that no clock could take for now; its change of inode cannot be set back."""
    os.utime(path, ns=(10**18, 10**18))


def test_a_fingerprint_tells_content(tmp_path: Path) -> None:
    """Another text is another fingerprint, also where size and times are the same."""
    path = tmp_path / "a.c"
    path.write_text("one", encoding="ascii")
    old(path)
    first = Fingerprints()
    before = first.of(str(path))
    path.write_text("two", encoding="ascii")
    old(path)
    assert Fingerprints(first.memo()).of(str(path)) != before


def test_what_did_not_change_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose size, times and inode are the same is what it was."""
    monkeypatch.setattr("tapsmith.fingerprints._TICK", -(10**12))
    path = tmp_path / "a.c"
    path.write_text("one", encoding="ascii")
    first = Fingerprints()
    before = first.of(str(path))
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    again = Fingerprints(first.memo())
    assert again.of(str(path)) == before
    assert not again.changed


def test_a_file_written_just_now_is_read_again(tmp_path: Path) -> None:
    """Within a tick of the clock a second write may leave the times as they were."""
    path = tmp_path / "a.c"
    path.write_text("one", encoding="ascii")
    first = Fingerprints()
    first.of(str(path))
    second = Fingerprints(first.memo())
    second.of(str(path))
    assert second.changed


def test_directories_and_what_is_not_there(tmp_path: Path) -> None:
    """Of a directory the names count; what is not there has a fingerprint, too."""
    assert Fingerprints().of(str(tmp_path / "none")) == ABSENT
    before = Fingerprints().of(str(tmp_path))
    (tmp_path / "new").touch()
    assert Fingerprints().of(str(tmp_path)) != before


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, tuple[tuple[str, ...], ...]]:
    """A file with one plan, and what that was made from: a file, and one that is not there."""
    source = tmp_path / "one.c"
    source.write_text("one", encoding="ascii")
    groups = ((str(source),), (str(tmp_path / "tapsmith.yaml"),))
    plans = Plans(tmp_path / "plans.json")
    plans.keep("key", PLAN, groups)
    plans.found_fit("key", "kernel")
    plans.save()
    return tmp_path, groups


def test_a_plan_is_found_again(kept: tuple[Path, tuple[tuple[str, ...], ...]]) -> None:
    """With the kernels that it has been found fit for."""
    found = Plans(kept[0] / "plans.json").find("key")
    assert found == Plan("one", "digest", ("one.c",), ("tick",), frozenset({"kernel"}))


@pytest.mark.parametrize("name", ["one.c", "tapsmith.yaml"])
def test_a_change_of_an_input_ends_a_plan(kept: tuple[Path, tuple[tuple[str, ...], ...]], name: str) -> None:
    """Also where the input was not there before."""
    (kept[0] / name).write_text("other", encoding="ascii")
    assert Plans(kept[0] / "plans.json").find("key") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "code": "", "memo": 3}'])
def test_a_damaged_file_counts_as_none(kept: tuple[Path, tuple[tuple[str, ...], ...]], text: str) -> None:
    """It is read as if it was not there, and written anew."""
    (kept[0] / "plans.json").write_text(text, encoding="utf-8")
    plans = Plans(kept[0] / "plans.json")
    assert plans.find("key") is None
    plans.keep("key", PLAN, kept[1])
    plans.save()
    assert Plans(kept[0] / "plans.json").find("key") == PLAN


def test_a_plan_of_another_version_counts_as_none(
    kept: tuple[Path, tuple[tuple[str, ...], ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another tapsmith may make another plan of the same files."""
    monkeypatch.setattr("tapsmith.plans.package_files", lambda: ())
    assert Plans(kept[0] / "plans.json").find("key") is None


_WATCH = """\
import runpy, sys
opened = open(sys.argv.pop(1), "w")
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.write(arguments[0] + "\\n")
sys.addaudithook(watch)
runpy.run_module("SCons", run_name="__main__", alter_sys=True)
"""


def opened(directory: Path, log: Path) -> set[str]:
    """Build with a hook that notes each file that is opened; return those of the project and the tree."""
    arguments = [sys.executable, "-c", _WATCH, str(log), "-Q", KERNEL]
    subprocess.run(
        arguments, cwd=directory, env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons")}, check=True
    )
    paths = {os.path.join(directory, line) for line in log.read_text(encoding="utf-8").splitlines()}
    tops = (f"{directory}/", f"{ROOT}/manifests/", f"{ROOT}/fragments/")
    return {path for path in paths if path.startswith(tops) and path.endswith((".c", ".h", ".yaml", ".lock"))}


def test_a_plan_names_all_that_was_read(project: Project, tmp_path: Path) -> None:
    """Every file that resolving and emitting open is an input of a plan: nothing can change unnoticed."""
    made = files()
    made["probes/one/limit.h"] = "#define LIMIT 9\n"
    made["probes/one/one.c"] = '#include "limit.h"\n' + made["probes/one/one.c"]
    directory = project(made)
    read = opened(directory, tmp_path / "log")
    text = (directory / "build" / PLANS_FILE).read_text(encoding="utf-8")
    emitted = {path for path in read if "/build/" in path}
    assert any(path.endswith("limit.h") for path in read)
    assert {path for path in read - emitted if f'"{path}"' not in text} == set()


def test_nothing_is_read_when_nothing_changed(project: Project) -> None:
    """A second run imports nothing that reads YAML, resolves, builds or fetches: that takes its time."""
    directory = project(files())
    assert scons(directory, KERNEL).status == 0
    slow = {"yaml", "elftools", "tarfile", "tapsmith.resolution", "tapsmith.module", "tapsmith.debian"}
    look = f"import sys, atexit\natexit.register(lambda: print('SLOW', sorted({slow} & set(sys.modules))))\n"
    text = (directory / "SConstruct").read_text(encoding="utf-8")
    (directory / "SConstruct").write_text(look + text, encoding="utf-8")
    assert "'yaml'" in scons(directory, KERNEL).output
    assert "SLOW []" in scons(directory, KERNEL).output
