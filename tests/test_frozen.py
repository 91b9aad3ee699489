"""scons and locks: what a build takes, says and refuses, and what a changed lock rebuilds."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from origins import NEEDS, World, edit, write_fragment
from scons_project import Run, module, scons
from tapsmith.cli import main
from tapsmith.kernel import Target
from tapsmith.packages.lock_file import read_lock

OTHER_YAML = "name: other\nsummary: S\nneeds: {own: '*'}\n"
OTHER_C = """\
static int probe_begin(void)
{
	return own_value() > 1000 ? -EINVAL : 0;
}

static void probe_end(void)
{
}
"""


@pytest.fixture
def two(world: World, any_kernel: Target, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project with two probes, of which one takes nothing from elsewhere; both are locked."""
    for name, text in (("probe.yaml", OTHER_YAML), ("other.c", OTHER_C)):
        (world.app / "probes/other").mkdir(exist_ok=True)
        (world.app / "probes/other" / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("TEST_KERNEL", str(any_kernel.tree))
    monkeypatch.delenv("CI", raising=False)
    assert main(["lock"]) == 0
    return world


def build(world: World, *arguments: str) -> Run:
    """Run scons in the project, with the usual kernel and the test's cache of fragments."""
    return scons(world.app, f"KERNEL={os.environ['TEST_KERNEL']}", *arguments)


def said(run: Run) -> list[str]:
    """Return what tapsmith said, a line each."""
    return re.findall(r"^tapsmith: (.*(?:lock|fetching).*)$", run.output, re.MULTILINE)


def inside(path: Path | None) -> list[str]:
    """Return what modinfo shows of fragments."""
    assert path
    with path.open("rb") as file:
        parts = ELFFile(file).get_section_by_name(".modinfo").data().split(b"\0")
    key = b"tapsmith_fragment="
    return [part.removeprefix(key).decode() for part in parts if part.startswith(key)]


def test_a_build_takes_what_the_lock_holds(two: World) -> None:
    """Offline, with everything moved away, from the cache; modinfo shows versions and hashes."""
    two.publish("deep", "1.2.0")
    two.hide()
    run = build(two, "--frozen")
    assert run.status == 0, run.output
    assert said(run) == []
    lock = read_lock(two.lock)
    assert lock
    shown = [line.split() for line in inside(module(two.app, "mine"))]
    locked = {n: [n, e["version"], f"sha256:{e['sha256']}"] for n, e in lock.entries.items() if n != "own"}
    assert len(shown) == 5
    assert all(locked[name] == [name, *rest] for name, *rest in shown if name != "own")
    assert "is up to date" in build(two, "--frozen").output


def test_without_git_and_solver(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build with a lock that holds runs no git and imports no solver."""
    trap = two.root / "trap"
    for name in ("git", "pysat/__init__.py"):
        (trap / name).parent.mkdir(parents=True, exist_ok=True)
        (trap / name).write_text("raise SystemExit('trapped')\n", encoding="utf-8")
    (trap / "git").chmod(0o755)
    text = (two.app / "SConstruct").read_text(encoding="utf-8")
    guard = f"import sys\nsys.path.insert(0, {str(trap)!r})\n"
    (two.app / "SConstruct").write_text(guard + text, encoding="utf-8")
    run = build(two)
    assert run.status == 0, run.output
    two.lock.unlink()
    assert "trapped" in build(two).output


@pytest.mark.parametrize("how", ["--frozen", "CI"])
def test_frozen_refuses_what_is_stale_or_missing(
    two: World, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That probe fails, with the reason; others are built with -k."""
    two.need(NEEDS.replace("deep: ^1.0", "deep: ^1.1"))
    if how == "CI":
        monkeypatch.setenv("CI", "true")
    arguments = ["--frozen"] if how == "--frozen" else []
    run = build(two, "-k", *arguments)
    assert run.status == 2
    assert "the lock of probes/mine is stale: the probe needs `deep` ^1.1 now, no longer ^1.0" in run.output
    assert module(two.app, "mine") is None
    assert module(two.app, "other")
    two.lock.unlink()
    run = build(two, "-k", *arguments)
    assert run.status == 2
    assert "probes/mine has no lock [lock-missing]" in run.output


@pytest.mark.parametrize("value", ["", "0", "false", "False"])
def test_what_is_no_ci(two: World, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stale lock is told in one line, and the build goes on; nothing is written."""
    monkeypatch.setenv("CI", value)
    before = two.lock.read_bytes()
    two.need(NEEDS.replace("deep: ^1.0", "deep: ^1.1"))
    run = build(two, "-n")
    assert run.status == 0, run.output
    assert said(run) == [
        "the lock of probes/mine is stale: the probe needs `deep` ^1.1 now, no longer ^1.0; "
        "`tapsmith lock mine` mends it"
    ]
    assert two.lock.read_bytes() == before


def test_a_missing_lock_is_told_once(two: World) -> None:
    """One line a probe, however many modules are made of it."""
    two.lock.unlink()
    text = (two.app / "SConstruct").read_text(encoding="utf-8")
    again = 'again = env.Clone(PROBE_BUILD_DIR="#again")\nagain.ProbeModule("probes/mine")\n'
    (two.app / "SConstruct").write_text(text + again, encoding="utf-8")
    run = build(two, "-n")
    assert run.status == 0, run.output
    assert "again/" in run.output
    assert said(run) == ["fetching ../far", "probes/mine has no lock: `tapsmith lock mine` writes it"]
    assert not two.lock.exists()


def test_a_project_without_locks_builds_in_silence(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROBE_LOCKS=False: no lock is read, none is missed, not even under CI."""
    monkeypatch.setenv("CI", "1")
    edit(two.app / "SConstruct", "generate])", "generate], PROBE_LOCKS=False)")
    two.lock.write_text("damaged", encoding="utf-8")
    run = build(two, "-n")
    assert run.status == 0, run.output
    assert [line for line in said(run) if "lock" in line] == []


def test_a_damaged_lock_is_refused_in_any_case(two: World) -> None:
    """With file and line."""
    edit(two.lock, "origin: tree", "origin:  tree")
    run = build(two, "-k")
    assert run.status == 2
    assert re.search(
        r"^probes/mine/tapsmith\.lock:\d+: error: .* \[lock-damaged\]$", run.output, re.MULTILINE
    )
    assert module(two.app, "other")


def test_a_changed_lock_rebuilds_its_probe_alone(two: World) -> None:
    """And what changed at a path rebuilds what holds it; then nothing is left to do."""
    assert build(two).status == 0
    two.publish("deep", "1.2.0", "requires: {deeper: ^1.0}\n", calls="deeper_value")
    assert "is up to date" in build(two).output
    assert main(["update"]) == 0
    run = build(two)
    assert run.rebuilt == {"mine"}
    assert any(line.startswith("deep 1.2.0 sha256:") for line in inside(module(two.app, "mine")))
    assert "is up to date" in build(two).output
    write_fragment(two.root / "beside", "near", "1.2.0", value=5)
    run = build(two)
    assert run.rebuilt == {"mine"}
    assert said(run) == [
        "the lock of probes/mine is stale: `near` in ../beside has changed; `tapsmith lock mine` mends it"
    ]
    assert main(["lock"]) == 0
    run = build(two)
    assert (run.rebuilt, said(run)) == (set(), [])


def test_frozen_is_in_the_help(two: World) -> None:
    """Under the options of the project."""
    assert re.search(r"--frozen\s+refuse a probe whose lock is missing or stale", build(two, "--help").output)


def test_the_command_takes_the_lock_as_well(two: World, capsys: pytest.CaptureFixture[str]) -> None:
    """`tapsmith tree` shows what scons builds."""
    two.publish("deep", "1.2.0")
    capsys.readouterr()
    assert main(["tree", "mine"]) == 0
    assert "deep 1.1.0" in capsys.readouterr().out
