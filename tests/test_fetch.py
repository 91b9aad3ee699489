"""`tapsmith fetch` and `tapsmith verify`: all that locks name is in the cache, and whole."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from pathlib import Path

import pytest

from origins import World, versions
from scons_project import scons
from tapsmith.cli import main
from tapsmith.kernel import Target
from webserver import Asked, Reply, Server


@pytest.fixture
def emptied(served: World) -> World:
    """The project on nginx, locked, as another machine has it: with an empty cache."""
    assert main(["lock"]) == 0
    empty(served)
    return served


def empty(world: World) -> None:
    """Take everything of packages out of the cache."""
    for name in ("fragments", "registries", "git"):
        shutil.rmtree(world.root / "cache" / name, ignore_errors=True)


def test_after_it_all_works_offline(
    emptied: World, any_kernel: Target, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build, and locking anew, too: what resolving asks has come as well."""
    monkeypatch.delenv("CI", raising=False)
    capsys.readouterr()
    assert main(["fetch"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert sorted(said[:-1]) == ["deep 1.1.0 (registry main)", "deeper 1.0.0 (registry main)"]
    assert said[-1] == "fetched 2 fragments, 0 were there"
    monkeypatch.setenv("TAPSMITH_OFFLINE", "1")
    emptied.registry.rename(emptied.root / "gone")
    run = scons(emptied.app, f"KERNEL={any_kernel.tree}", "--frozen")
    assert run.status == 0, run.output
    before = emptied.lock.read_text(encoding="utf-8")
    emptied.lock.unlink()
    assert main(["lock"]) == 0
    assert emptied.lock.read_text(encoding="utf-8") == before


def test_what_is_there_is_not_asked_for(
    locked: World, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a full cache it opens no connection."""
    assert main(["lock"]) == 0
    assert main(["fetch"]) == 0
    server.asked.clear()
    capsys.readouterr()
    assert main(["fetch", "mine"]) == 0
    assert capsys.readouterr().out == "fetched 0 fragments, 2 were there\n"
    assert server.asked == []


def test_it_prints_json(emptied: World, capsys: pytest.CaptureFixture[str]) -> None:
    """All that the locks name, and whether it was there."""
    capsys.readouterr()
    assert main(["fetch", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["fragments"]
    assert [(f["fragment"], f["version"], f["origin"], f["was_there"]) for f in found] == [
        ("deep", "1.1.0", "registry main", False),
        ("deeper", "1.0.0", "registry main", False),
    ]


def test_an_older_copy_of_the_index_is_renewed(world: World, server: Server) -> None:
    """What another machine has locked may be newer than what this one knows of the registry."""
    here, there = world.root / "cache", world.root / "there"
    assert main(["lock"]) == 0
    world.publish("fresh", "1.0.0")
    world.publish("deep", "1.5.0", "requires: {deeper: ^1.0, fresh: ^1.0}\n", calls="deeper_value")
    here.rename(there)
    assert main(["update"]) == 0
    lock = world.lock.read_text(encoding="utf-8")
    shutil.rmtree(here)
    there.rename(here)
    assert main(["fetch"]) == 0
    world.lock.unlink()
    assert main(["lock", "--offline"]) == 0
    assert world.lock.read_text(encoding="utf-8") == lock


def test_searches_work_offline_after_it(emptied: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The catalogue comes as well."""
    capsys.readouterr()
    assert main(["search", "deep", "--offline"]) == 2
    assert "config.json is not in the cache" in capsys.readouterr().err
    assert main(["fetch"]) == 0
    capsys.readouterr()
    assert main(["search", "deep", "--offline"]) == 0
    assert "deeper 1.0.0 (registry main)" in capsys.readouterr().out


def test_at_a_terminal_it_counts(
    emptied: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that is written over, and gone at the end."""
    capsys.readouterr()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["fetch"]) == 0
    said = capsys.readouterr()
    assert said.out == "fetched 2 fragments, 0 were there\n"
    lines = said.err.split("\r\033[K")
    assert lines[0] == lines[-1] == ""
    assert [line.split()[1] for line in lines[1:-1]] == ["1/2", "2/2"]
    assert {line.split()[2] for line in lines[1:-1]} == {"deep", "deeper"}


def test_from_everywhere(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Directories and repositories, too; then all of them may go."""
    empty(locked)
    capsys.readouterr()
    assert main(["fetch"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "fetched 4 fragments, 0 were there"
    locked.hide()
    assert versions(locked).keys() == {"own", "near", "far", "deep", "deeper"}


def test_many_come_at_once(world: World, server: Server) -> None:
    """No archive is answered before another one has been asked for."""
    assert main(["lock"]) == 0
    empty(world)
    together = threading.Barrier(2, timeout=60)
    usual = server.answer

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/archives/"):
            together.wait()
        return usual(asked)

    server.answer = answer
    assert main(["fetch"]) == 0
    assert not together.broken


def test_what_fails_keeps_nothing_else_back(
    world: World, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that can be had is there afterwards; the others are told together."""
    world.publish("lone", "1.0.0")
    world.need('  own: "*"\n  deep: ^1.0\n  lone: ^1.0\n')
    assert main(["lock"]) == 0
    lock = world.lock.read_text(encoding="utf-8")
    empty(world)
    usual = server.answer
    bad = [line.split()[1] for line in lock.splitlines() if line.startswith("    archive:")][:2]

    def answer(asked: Asked) -> Reply:
        return Reply(b"", 404) if any(name in asked.path for name in bad) else usual(asked)

    server.answer = answer
    capsys.readouterr()
    assert main(["fetch"]) == 2
    said = capsys.readouterr()
    assert said.out == "lone 1.0.0 (registry main)\n"
    assert said.err.count("[not-cached]") == 2


def test_a_probe_without_a_lock_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to go by."""
    assert main(["fetch"]) == 2
    assert "probes/mine has no lock [lock-missing]" in capsys.readouterr().err


def test_offline_it_tells_what_is_missing(emptied: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fragment by its name."""
    capsys.readouterr()
    assert main(["fetch", "--offline"]) == 2
    said = capsys.readouterr().err
    assert said.count("--offline opens no connection [not-cached]") == 2
    assert "`deep` 1.1.0 is not in the cache" in said


def damage(path: Path) -> None:
    """Change a byte of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def verified(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return status and output of `tapsmith verify`."""
    capsys.readouterr()
    return main(["verify", *arguments]), capsys.readouterr().out


def test_verify_finds_what_is_damaged_or_missing(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells each, exits with 1, and leaves everything where it is."""
    assert verified(capsys) == (0, "4 of 4 are as their locks say\n")
    code = next((locked.root / "cache/fragments").rglob("deep.c"))
    damage(code)
    gone = next((locked.root / "cache/fragments").rglob("far.yaml")).parents[1]
    shutil.rmtree(gone)
    yaml = next((locked.root / "cache/fragments").rglob("near.yaml"))
    yaml.write_text("name: [", encoding="utf-8")
    status, said = verified(capsys)
    assert status == 1
    assert f"mine: deep 1.1.0 (registry main): it has been changed, in {code.parents[2]}" in said
    assert "mine: far 1.5.0 (git ../far): it is not in the cache" in said
    assert f"mine: near 1.2.0 (path ../beside): it is damaged, in {yaml.parents[1]}" in said
    assert "1 of 4 are as their locks say" in said
    assert code.exists()
    assert main(["fetch"]) == 0
    assert verified(capsys)[0] == 0


def test_verify_looks_at_archives(served: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that are kept of a web server; `--json` tells of all fragments."""
    assert main(["lock"]) == 0
    archive = next((served.root / "cache/registries").rglob("*.tar.gz"))
    damage(archive)
    status, said = verified(capsys, "--json")
    assert status == 1
    wrong = [one["wrong"] for one in json.loads(said)["fragments"]]
    assert sorted(wrong, key=str) == [None, f"its archive is damaged: {archive}"]


def test_verify_compares_what_is_shipped(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Another tapsmith brings other fragments."""
    world.need('  log: "*"\n')
    assert main(["lock"]) == 0
    assert verified(capsys)[0] == 0
    lock = world.lock.read_text(encoding="utf-8")
    sha256 = next(line.split()[1] for line in lock.splitlines() if line.startswith("    sha256:"))
    world.lock.write_text(lock.replace(sha256, "0" * 64), encoding="utf-8")
    status, said = verified(capsys)
    assert (status, "what is shipped with this tapsmith has other files" in said) == (1, True)
