"""`tapsmith vendor`: a registry with just what locks need, in place of the original."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from origins import NEEDS, World, versions
from scons_project import scons
from tapsmith.cli import main
from tapsmith.kernel import Target
from tapsmith.packages.listings import listings
from tapsmith.packages.registry import Registry


@pytest.fixture
def rich(world: World) -> World:
    """The project, locked, with a virtual name that one fragment of the registry provides by default."""
    world.publish("relay", "1.0.0", "provides: {outlet: default}\n")
    world.publish("pipe", "1.0.0", "provides: {outlet: choice}\n")
    world.publish("deep", "1.2.0", 'requires: {deeper: ^1.0, outlet: "*"}\n', calls="deeper_value")
    assert main(["lock"]) == 0
    return world


def files(directory: Path) -> set[str]:
    """Return the files below a directory."""
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def use_vendored(world: World) -> None:
    """Take the vendored registry in place of the original, with nothing in the cache."""
    text = "registries:\n  main: {path: third_party/main}\n"
    (world.app / "tapsmith.yaml").write_text(text, encoding="utf-8")
    world.registry.rename(world.root / "gone")
    for name in ("fragments", "registries"):
        shutil.rmtree(world.root / "cache" / name, ignore_errors=True)


def test_it_gives_the_same_locks(rich: World, any_kernel: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept or made afresh; and builds with a new cache."""
    monkeypatch.delenv("CI", raising=False)
    before = rich.lock.read_text(encoding="utf-8")
    assert main(["vendor", "third_party"]) == 0
    use_vendored(rich)
    run = scons(rich.app, f"KERNEL={any_kernel.tree}", "--frozen")
    assert run.status == 0, run.output
    for old in (True, False):
        if not old:
            rich.lock.unlink()
        assert main(["lock"]) == 0
        assert rich.lock.read_text(encoding="utf-8") == before


def test_it_holds_what_is_needed_and_no_more(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One version of each; what comes from elsewhere is told, with what to write."""
    capsys.readouterr()
    assert main(["vendor", "third_party"]) == 0
    home = rich.app / "third_party/main"
    size = sum(path.stat().st_size for path in home.glob("archives/*/*"))
    assert capsys.readouterr().out == (
        f"third_party/main: 3 fragments of registry main, {size} bytes\n"
        "not in it: far 1.5.0 (git ../far)\n"
        "not in it: near 1.2.0 (path ../beside)\n"
        "in tapsmith.yaml, for builds that need nothing else:\n"
        "registries:\n"
        "  main: {path: third_party/main}\n"
    )
    registry = Registry("main", home)
    found = {name: [str(r.version) for r in registry.releases(name)] for name in ("deep", "deeper", "relay")}
    assert found == {"deep": ["1.2.0"], "deeper": ["1.0.0"], "relay": ["1.0.0"]}
    assert registry.providers("outlet") == ("relay",)
    assert [listing.name for listing in listings(registry)] == ["deep", "deeper", "relay"]
    assert len(files(home)) == 3 + 3 + 1 + 2


def test_it_is_brought_up_to_date(rich: World) -> None:
    """What no lock names any more goes away; what stays is not written anew."""
    assert main(["vendor", "third_party"]) == 0
    home = rich.app / "third_party/main"
    kept = (home / "index/de/ep/deeper").stat()
    rich.need(NEEDS.replace("deep: ^1.0", "deep: =1.1.0"))
    assert main(["lock"]) == 0
    assert main(["vendor", "third_party"]) == 0
    registry = Registry("main", home)
    assert [str(release.version) for release in registry.releases("deep")] == ["1.1.0"]
    assert registry.releases("relay") == ()
    assert registry.providers("outlet") == ()
    assert len(files(home)) == 2 + 2 + 2
    assert (home / "index/de/ep/deeper").stat().st_ino == kept.st_ino


def test_nothing_else_is_overwritten(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory that holds anything else stays as it is: a real registry, above all."""
    before = files(rich.registry)
    shutil.copytree(rich.registry, rich.app / "copy/main")
    (rich.app / "other/main").mkdir(parents=True)
    (rich.app / "other/main/file").touch()
    for name in ("copy", "other"):
        capsys.readouterr()
        assert main(["vendor", name]) == 2
        assert "`tapsmith vendor` did not make it [exists]" in capsys.readouterr().err
    assert files(rich.app / "copy/main") == before
    assert files(rich.app / "other") == {"main/file"}


def test_from_a_web_server_and_offline(served: World) -> None:
    """The cache has the archives: no network is needed for what has been fetched."""
    assert main(["lock"]) == 0
    before = versions(served)
    served.registry.rename(served.root / "away")
    assert main(["vendor", "third_party", "--offline"]) == 0
    (served.root / "away").rename(served.registry)
    use_vendored(served)
    assert main(["lock"]) == 0
    assert versions(served) == before


def test_a_version_with_other_files_is_refused(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What the lock names is what is vendored, and nothing is written without it."""
    path = rich.registry / "index/de/ep/deep"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines[-1]["archive"] = "0" * 64
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    assert main(["vendor", "third_party"]) == 2
    assert "has no deep 1.2.0 with the files of the lock [content-changed]" in capsys.readouterr().err
    assert not (rich.app / "third_party").exists()


def test_it_prints_json(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What is in it, and what is not."""
    capsys.readouterr()
    assert main(["vendor", "third_party", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [f["fragment"] for f in told["registries"][0]["fragments"]] == ["deep", "deeper", "relay"]
    assert told["registries"][0]["directory"] == "third_party/main"
    assert [left["fragment"] for left in told["left_out"]] == ["far", "near"]


def test_a_directory_that_cannot_be_written(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence."""
    (rich.app / "file").touch()
    assert main(["vendor", "file"]) == 2
    assert "cannot write" in capsys.readouterr().err
