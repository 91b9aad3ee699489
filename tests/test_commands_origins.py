"""The commands in a project whose fragments come from everywhere: a registry, a directory, a repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from origins import NEEDS, World, make_world
from tapsmith.cli import main

TREE = """\
mine (probes/mine)
├── own 0.1.0
├── near 1.2.0 (path ../beside)
├── far 1.5.0 (git ../far)
└── deep 1.1.0 (registry main)
    └── deeper 1.0.0 (registry main)
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Such a project, which is the current directory, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    world = make_world(tmp_path)
    monkeypatch.chdir(world.app)
    return world


def test_tree_tells_origins_with_a_lock_and_without(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a fragment comes from is told as the project writes it; with a lock, also once that is gone."""
    assert main(["tree"]) == 0
    assert capsys.readouterr().out == TREE
    assert main(["lock"]) == 0
    world.hide()
    capsys.readouterr()
    assert main(["tree"]) == 0
    assert capsys.readouterr().out == TREE
    assert main(["tree", "--json"]) == 0
    origins = {part["name"]: part["origin"] for part in json.loads(capsys.readouterr().out)["fragments"]}
    assert origins == {
        "own": "tree",
        "near": "path ../beside",
        "far": "git ../far",
        "deep": "registry main",
        "deeper": "registry main",
    }


def test_why_names_the_origin_and_not_the_cache(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy in the cache is nothing that a user could look up."""
    assert main(["why", "deeper"]) == 0
    assert capsys.readouterr().out == (
        "deeper 1.0.0 is in mine, because\n"
        "  mine needs deep ^1.0 (probes/mine/probe.yaml:7)\n"
        "  deep requires deeper ^1.0 (manifests/deep.yaml:5 in registry main)\n"
    )


def test_search_looks_into_registries(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest release is told that was not taken back; what the tree has hides a registry's."""
    world.publish("own", "3.0.0")
    assert main(["search", "value"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:6] == [
        "deep 2.0.0 (registry main): Fragment deep",
        "    deep_value",
        "deeper 1.0.0 (registry main): Fragment deeper",
        "    deeper_value",
        "own 0.1.0 (tree): Fragment own",
        "    own_value",
    ]


def test_info_of_what_is_not_in_the_tree(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a registry it is the newest; of a directory or repository what a need here takes from it."""
    told = {}
    for name in ("deep", "near", "far"):
        assert main(["info", name, "--json"]) == 0
        told[name] = json.loads(capsys.readouterr().out)
    assert [(known["origin"], known["versions"]) for known in told.values()] == [
        ("registry main", ["2.0.0", "1.1.0", "1.0.0"]),
        ("path ../beside", ["1.2.0"]),
        ("git ../far", ["1.5.0"]),
    ]
    assert told["deep"]["exports"][0]["signature"] == "int deep_value(void)"
    assert told["deep"]["requires"] == [{"name": "deeper", "range": "^1.0", "when": {}}]


def test_add_takes_the_newest_of_a_registry(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The need gets its range; one with an origin keeps that, whatever its range."""
    world.need("  far: {version: ^1.0, git: ../far, tag: v1}\n")
    assert main(["add", "deep"]) == 0
    assert main(["add", "far@~1.5"]) == 0
    assert capsys.readouterr().out == "mine needs deep ^2.0\nmine needs far ~1.5, no longer ^1.0\n"
    assert (
        (world.probe / "probe.yaml")
        .read_text(encoding="utf-8")
        .endswith("needs:\n  far: {version: ~1.5, git: ../far, tag: v1}\n  deep: ^2.0\n")
    )


def test_a_lock_is_stale_only_for_other_needs(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What comes and goes leaves the lock as good as it was."""
    assert main(["lock"]) == 0
    capsys.readouterr()
    assert main(["add", "deeper"]) == 0
    stale = "tapsmith: probes/mine/tapsmith.lock is now stale; `tapsmith lock mine` renews it\n"
    assert capsys.readouterr().err == stale
    assert main(["remove", "deeper"]) == 0
    assert capsys.readouterr() == (
        "mine no longer needs deeper ^1.0\n"
        "deeper stays in as a dependency: deep requires it (manifests/deep.yaml:5 in registry main)\n",
        "",
    )
    assert (world.probe / "probe.yaml").read_text(encoding="utf-8").endswith(f"needs:\n{NEEDS}")


def test_completion_knows_the_names_of_registries(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Also those of which nothing was ever taken; without the registry, just the others."""
    assert main(["completion", "--list", "fragments"]) == 0
    assert {"deep", "deeper", "own", "maps"} <= set(capsys.readouterr().out.split())
    world.hide()
    assert main(["completion", "--list", "fragments"]) == 0
    assert {"own", "maps"} <= set(capsys.readouterr().out.split())
