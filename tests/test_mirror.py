"""`tapsmith mirror`: a copy that serves as a registry, at any moment, and is brought up to date."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from origins import World, edit, versions
from signatures import sign_world
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.packages.archive import unpack
from tapsmith.packages.listings import listings, listings_of_index
from tapsmith.packages.mirroring import mirror
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import yank
from test_registry_write import contents, killed

MINE = (".mirror", ".lock", ".drafts")


@pytest.fixture
def rich(world: World) -> World:
    """The project with a virtual name in its registry, and a version that was taken back."""
    world.publish("relay", "1.0.0", "provides: {transport: default}\n")
    yank(world.registry, "deep", "1.0.0", "it crashes")
    return world


def files(directory: Path) -> dict[str, bytes | None]:
    """Return all that is a part of the registry in a directory."""
    return {path: data for path, data in contents(directory).items() if not path.startswith(MINE)}


def refusal(world: World, *more: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is said of a mirror that cannot be."""
    capsys.readouterr()
    assert main(["mirror", "main", "copy", *more]) == 2
    return capsys.readouterr().err


def test_it_is_the_same_registry(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Byte for byte, yanks and their reasons included; again, it copies nothing."""
    assert main(["mirror", "main", "copy"]) == 0
    size = sum(path.stat().st_size for path in rich.registry.glob("archives/*/*"))
    assert capsys.readouterr().out.endswith(
        f"copy: 3 fragments of registry main in 5 versions, 5 of them new ({size} bytes)\n"
    )
    assert files(rich.app / "copy") == files(rich.registry)
    assert main(["mirror", "main", "copy"]) == 0
    assert capsys.readouterr().out.endswith("5 versions, 0 of them new (0 bytes)\n")


def test_it_copies_what_is_new(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing else: what is there is not written again, unless it is damaged."""
    assert main(["mirror", "main", "copy"]) == 0
    kept = {path: path.stat().st_ino for path in (rich.app / "copy/archives").glob("*/*")}
    spoiled = next(iter(kept))
    spoiled.write_bytes(b"damage")
    rich.publish("deep", "2.1.0", "requires: {deeper: ^1.0}\n", calls="deeper_value")
    yank(rich.registry, "deep", "1.0.0", None)
    capsys.readouterr()
    assert main(["mirror", "main", "copy", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["registry"], told["directory"], told["versions"], told["new_archives"]) == (
        "main",
        "copy",
        6,
        2,
    )
    assert files(rich.app / "copy") == files(rich.registry)
    assert all(path.stat().st_ino == inode for path, inode in kept.items() if path != spoiled)


def test_from_a_web_server(served: World) -> None:
    """As from a directory: the catalogue lists what there is."""
    assert main(["mirror", "main", "copy"]) == 0
    assert files(served.app / "copy") == files(served.registry)


def test_what_locks_need(rich: World) -> None:
    """Their versions alone; later ones come beside them, and the locks are the same with it."""
    assert main(["lock"]) == 0
    before = rich.lock.read_text(encoding="utf-8")
    assert main(["mirror", "main", "copy", "--locks", "mine"]) == 0
    copy = Registry("main", rich.app / "copy")
    assert [str(r.version) for r in copy.releases("deep")] == ["1.1.0"]
    assert list(listings(copy)) == list(listings_of_index(copy))
    rich.need(
        rich.probe.joinpath("probe.yaml")
        .read_text(encoding="utf-8")
        .split("needs:\n")[1]
        .replace("deep: ^1.0", "deep: ^2.0")
    )
    assert main(["lock"]) == 0
    assert main(["mirror", "main", "copy", "--locks", "mine"]) == 0
    copy = Registry("main", rich.app / "copy")
    assert [str(r.version) for r in copy.releases("deep")] == ["2.0.0", "1.1.0"]
    edit(rich.app / "tapsmith.yaml", "../registry", "copy")
    rich.registry.rename(rich.root / "gone")
    shutil.rmtree(rich.root / "cache/fragments")
    rich.lock.write_text(before.replace('"^1.0"', '"^1.0"'), encoding="utf-8")
    assert main(["lock"]) == 0
    assert versions(rich)["deep"] == "2.0.0"


def test_a_killed_mirror_can_be_read(rich: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before any (of a new one, each fourth) of its calls it is none yet, or works."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    source = Registry("main", rich.registry)
    mirror(source, rich.root / "old", print)
    rich.publish("far_down", "1.0.0")
    rich.publish(
        "a_top",
        "1.0.0",
        "requires: {far_down: ^1.0}\nprovides: {transport: choice}\n",
        calls="far_down_value",
    )
    for start in ("nothing", "old"):
        call = 0
        while True:
            directory = rich.root / f"{start}{call}"
            if start == "old":
                shutil.copytree(rich.root / "old", directory)
            source = Registry("main", rich.registry)
            if not killed(call, lambda d=directory, s=source: mirror(s, d, print)):
                break
            if start == "old" or (directory / "config.json").exists():
                check_whole(directory)
            mirror(Registry("main", rich.registry), directory, print)
            assert files(directory) == files(rich.registry), call
            shutil.rmtree(directory)
            call += 1 if start == "old" else 4
        assert call > 20


def check_whole(directory: Path) -> None:
    """Fail if a reader meets a version without its archive, its virtual names or what it requires."""
    registry = Registry("main", directory)
    for name in ("a_top", "far_down", "deep", "deeper", "relay"):
        for release in registry.releases(name):
            unpack(*registry.archive(release.archive, name, None))
            assert all(name in registry.providers(virtual) for virtual in release.provides)
            assert all(registry.releases(need.name) for need in release.requires)


def test_nothing_else_is_overwritten(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a registry of its own, nor the mirror of another one, nor anything."""
    shutil.copytree(rich.registry, rich.app / "copy")
    assert "`tapsmith mirror` did not make it [exists]" in refusal(rich, capsys=capsys)
    shutil.rmtree(rich.app / "copy")
    assert main(["mirror", "main", "copy"]) == 0
    before = contents(rich.app / "copy")
    shutil.copytree(rich.registry, rich.root / "other")
    edit(rich.app / "tapsmith.yaml", "../registry", "../other")
    said = refusal(rich, capsys=capsys)
    assert f"copy is a mirror of {rich.registry}, not of {rich.root / 'other'} [exists]" in said
    assert contents(rich.app / "copy") == before
    shutil.rmtree(rich.app / "copy")
    (rich.app / "copy").write_text("a file", encoding="utf-8")
    assert "[exists]" in refusal(rich, capsys=capsys)


@pytest.mark.parametrize("what", ["other", "lost", "all"])
def test_a_version_that_changes_is_refused(
    rich: World, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever has taken a registry over, or rolled it back, does not get into the mirror."""
    assert main(["mirror", "main", "copy"]) == 0
    before = contents(rich.app / "copy")
    index = rich.registry / "index/de/ep/deep"
    lines = index.read_text(encoding="utf-8").splitlines(keepends=True)
    if what == "other":
        edit(index, Registry("main", rich.registry).releases("deep")[0].sha256, "0" * 64)
    elif what == "lost":
        index.write_text("".join(lines[:-1]), encoding="utf-8")
    else:
        index.unlink()
    assert "deep 2.0.0, which the mirror has [content-changed]" in refusal(rich, capsys=capsys)
    assert contents(rich.app / "copy") == before


def test_a_damaged_archive_is_not_copied(rich: World) -> None:
    """The index tells its SHA-256; the mirror has no index of it then."""
    path = next(rich.registry.glob("archives/*/*"))
    path.write_bytes(b"damage")
    with pytest.raises(TapsmithError) as caught:
        mirror(Registry("main", rich.registry), rich.root / "copy", print)
    assert caught.value.codes == ("bad-archive",)
    assert not (rich.root / "copy/index").exists()


def test_mistakes_of_the_command(rich: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A registry that is not listed, a probe without a lock, a directory that cannot be."""
    assert main(["mirror", "mian", "copy"]) == 2
    assert "did you mean `main`?" in capsys.readouterr().err
    assert "[lock-missing]" in refusal(rich, "--locks", "mine", capsys=capsys)
    assert main(["mirror", "main", "SConstruct/copy"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_what_signs_a_registry_is_copied(world: World) -> None:
    """A project may use the mirror by the root that it pins; what changed in it is noticed as ever."""
    signed = sign_world(world)
    shutil.copy(signed.pinned, world.app / "main.root.json")
    edit(world.app / "tapsmith.yaml", "../registry}", "../registry, root: main.root.json}")
    for version in ("3.0.0", "1.2.0"):
        assert main(["mirror", "main", "../copy"]) == 0
        assert files(world.root / "copy") == files(world.registry)
        signed.add(version)
    assert main(["mirror", "main", "../copy"]) == 0
    edit(world.app / "tapsmith.yaml", "../registry,", "../copy,")
    assert main(["lock"]) == 0
    assert versions(world)["deep"] == "1.2.0"
    for path in (world.root / "copy/signed/files").glob("*/*"):
        path.write_bytes(b"other")
    assert main(["lock"]) == 2


@pytest.mark.parametrize("change", ["../../../x.json", "snapshot.json/../x", 7])
def test_names_in_what_signs_become_no_paths_outside(
    world: World, change: str | int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it is believed."""
    sign_world(world)
    snapshot = world.registry / "signed/1.snapshot.json"
    text = json.loads(snapshot.read_text(encoding="utf-8"))
    text["signed"]["meta"] = {change: {"version": 1}}
    snapshot.write_text(json.dumps(text), encoding="utf-8")
    assert "what signs it cannot be read [bad-registry]" in refusal(world, capsys=capsys)
    assert not (world.app / "copy/signed").exists()
