"""Where fragments come from: paths, git, registries, and which of them counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from origins import NEEDS, World, edit, obtained, refused_afresh, versions, write_fragment
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.manifest import load_fragment
from tapsmith.packages.lock_file import read_lock
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import add_to_registry, make_registry


@pytest.mark.parametrize("needed", ["near: {path: ../beside}", "near: {git: ../far, tag: v1}"])
def test_an_origin_must_have_what_it_is_named_for(world: World, needed: str) -> None:
    """The message tells what it has instead."""
    (world.root / "beside/manifests/near.yaml").rename(world.root / "gone.yaml")
    world.need(f"  {needed}\n")
    error = refused_afresh(world)
    assert error.codes == ("unknown-fragment",)
    assert "has no fragment `near`" in str(error)


@pytest.mark.parametrize(
    ("path", "code"), [("/tmp", "bad-origin"), ("~/x", "bad-origin"), ("../nowhere", "origin-unreachable")]
)
def test_a_path_that_is_none(world: World, path: str, code: str) -> None:
    """A lock is for every machine: so is a path."""
    world.need(f'  near: {{path: "{path}"}}\n')
    assert refused_afresh(world).codes == (code,)


def test_an_origin_for_what_the_tree_has_is_refused(world: World) -> None:
    """The tree comes first; a need that says otherwise would be silently ignored."""
    write_fragment(world.root / "beside", "own", "3.0.0")
    world.need("  own: {path: ../beside}\n")
    error = refused_afresh(world)
    assert error.codes == ("origin-hidden",)
    assert "`own` lies in the tree" in str(error)


def test_the_tree_hides_what_others_have(world: World) -> None:
    """A fragment of the tree is taken, in its version, whatever a registry has by that name."""
    write_fragment(world.app, "deep", "1.0.1")
    world.need('  deep: "*"\n')
    assert versions(world, frozen=False) == {"deep": "1.0.1"}
    world.need("  deep: ^2.0\n")
    assert "version-mismatch" in refused_afresh(world).codes


def test_an_origin_hides_what_a_registry_has(world: World) -> None:
    """A neighbour in a path comes before the registries."""
    write_fragment(world.root / "beside", "deeper", "1.0.7")
    assert versions(world, frozen=False)["deeper"] == "1.0.7"


def test_versions_of_two_registries_are_not_mixed(world: World) -> None:
    """The first registry that knows a name has it alone, even where the second has a newer version."""
    make_registry(world.root / "team", "team")
    first = "registries:\n  team: {path: ../team}\n  main: {path: ../registry}\n"
    (world.app / "tapsmith.yaml").write_text(first, encoding="utf-8")
    add_to_registry(world.root / "team", load_fragment(write_fragment(world.root / "draft", "deep", "1.0.0")))
    assert main(["lock"]) == 0
    lock = read_lock(world.lock)
    assert lock
    assert (lock.entries["deep"]["registry"], lock.entries["deep"]["version"]) == ("team", "1.0.0")


def test_a_registry_does_not_take_over_a_virtual_name(world: World) -> None:
    """A name that is a virtual one in the tree stays that, whatever a registry calls so."""
    write_fragment(world.app, "klog", more="provides: [outlet]\n")
    world.publish("outlet", "9.0.0")
    world.publish("relay", "1.0.0", "provides: {outlet: default}\n")
    world.publish("klog", "9.0.0", "provides: [outlet]\n")
    world.need('  outlet: "*"\n')
    assert versions(world, frozen=False) == {"relay": "1.0.0"}
    world.need('  outlet: "*"\n  klog: "*"\n')
    assert versions(world, frozen=False) == {"klog": "1.0.0"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("registries:\n  Main: {path: x}\n  b: {}\n  c: x\nregistry: 1\n",
         ("bad-name", "bad-origin", "wrong-type", "unknown-key")),
        ("registries: {main: {path: ../registry, url: 'https://a.example/b'}}\n", ("bad-origin",)),
        ("registries: {main: {url: 'https://me:secret@a.example/b'}}\n", ("bad-origin",)),
        ("registries: {main: {url: 'ftp://a.example/b'}}\n", ("bad-origin",)),
        ("registries: {main: {path: ../nowhere}}\n", ("registry-unreachable",)),
    ],
)  # fmt: skip
def test_a_project_s_file_is_read_strictly(world: World, text: str, codes: tuple[str, ...]) -> None:
    """All mistakes come at once, each with its place."""
    (world.app / "tapsmith.yaml").write_text(text, encoding="utf-8")
    error = refused_afresh(world)
    assert sorted(error.codes) == sorted(codes)
    places = [problem.place for problem in error.problems]
    assert all(place and place.line and place.file == world.app / "tapsmith.yaml" for place in places)


def test_what_is_not_in_the_cache_is_fetched(locked: World) -> None:
    """A lock is enough on another machine: everything comes from where it says, and nothing newer."""
    locked.publish("deep", "1.2.0")
    (locked.root / "cache").rename(locked.root / "old")
    assert versions(locked)["deep"] == "1.1.0"
    assert obtained(locked).resolution == obtained(locked).resolution


@pytest.mark.parametrize(
    ("gone", "name", "why"),
    [
        ("beside", "near", "there is no directory ../beside"),
        ("far", "far", "git cannot fetch from ../far"),
        ("registry", "deep", "registry `main` cannot be reached"),
    ],
)
def test_what_is_neither_cached_nor_reachable(locked: World, gone: str, name: str, why: str) -> None:
    """One refusal, at the fragment's place in the lock."""
    (locked.root / "cache").rename(locked.root / "old")
    (locked.root / gone).rename(locked.root / f"{gone}.away")
    error = refused_afresh(locked)
    assert error.codes == ("not-cached",)
    assert error.problems[0].message.startswith(f"`{name}` ")
    assert why in error.problems[0].message
    place = error.problems[0].place
    assert place
    assert place.file == locked.lock
    assert f"  {name}:" in locked.lock.read_text(encoding="utf-8").splitlines()[place.line - 1]


def test_what_changed_at_its_origin_is_refused(locked: World) -> None:
    """An archive with other bytes than the lock tells is not unpacked."""
    (locked.root / "cache").rename(locked.root / "old")
    for path in (locked.registry / "archives").rglob("*.tar.gz"):
        path.write_bytes(path.read_bytes() + b"x")
    assert refused_afresh(locked).codes == ("bad-archive",)


def test_a_registry_that_the_project_names_no_more(locked: World) -> None:
    """From the cache it is built still; without, the message tells what is missing."""
    (locked.app / "tapsmith.yaml").unlink()
    assert versions(locked)["deep"] == "1.1.0"
    (locked.root / "cache").rename(locked.root / "old")
    assert "tapsmith.yaml names no registry `main`" in str(refused_afresh(locked))


def test_an_index_that_lies_about_the_files_is_refused(world: World) -> None:
    """What an archive holds is checked against the index before it is used."""
    release = Registry("main", world.registry).releases("deeper")[0]
    edit(world.registry / "index/de/ep/deeper", release.sha256, "0" * 64)
    error = refused_afresh(world)
    assert error.codes == ("bad-archive",)
    assert str(error.problems[0].place) == f"{world.registry}/index/de/ep/deeper:1"


def test_add_knows_registries(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The default range is that of the newest version that can be had."""
    world.need(NEEDS.replace("  deep: ^1.0\n", ""))
    edit(world.probe / "mine.c", " + deep_value()", "")
    assert main(["add", "deep", "mine"]) == 0
    assert "deep: ^2.0" in (world.probe / "probe.yaml").read_text(encoding="utf-8")
    assert Path("probes/mine").is_dir()


def test_many_at_once_with_an_empty_cache(world: World) -> None:
    """Processes that fetch and unpack the same things at once all get them, and leave no drafts."""
    command = [sys.executable, "-m", "tapsmith.cli", "lock"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons")}
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    assert versions(world)["far"] == "1.5.0"
    assert not [path for path in (world.root / "cache").rglob(".draft-*") if "facts" not in path.parts]
