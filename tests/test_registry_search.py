"""`tapsmith search` and `info` over registries, by the one file that each has for that."""

from __future__ import annotations

import json
import shutil

import pytest

from origins import World, write_fragment
from tapsmith.cli import main
from tapsmith.manifest import load_fragment
from tapsmith.packages.listings import listings
from tapsmith.packages.registry import CATALOGUE, Registry
from tapsmith.packages.registry_write import add_to_registry, make_registry, yank


def found(capsys: pytest.CaptureFixture[str], *words: str) -> list[tuple[str, str, str]]:
    """Return what a search finds: names, versions, origins."""
    capsys.readouterr()
    assert main(["search", "--json", *words]) == 0
    hits = json.loads(capsys.readouterr().out)["fragments"]
    return [(hit["name"], hit["version"], hit["origin"]) for hit in hits]


def lines(world: World) -> list[dict[str, object]]:
    """Return the lines of the registry's catalogue."""
    text = (world.registry / CATALOGUE).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_for_each_fragment(world: World) -> None:
    """Sorted by name, of the newest version; what is empty is left out."""
    more = 'provides: [store]\nconfig: {SPIKE_SIZE: {type: int, default: 1, help: "Its size"}}\n'
    world.publish("spikes", "1.0.0", more)
    assert lines(world) == [
        {"name": "deep", "version": "2.0.0", "summary": "Fragment deep", "exports": ["deep_value"]},
        {"name": "deeper", "version": "1.0.0", "summary": "Fragment deeper", "exports": ["deeper_value"]},
        {"name": "spikes", "version": "1.0.0", "summary": "Fragment spikes", "provides": ["store"],
         "exports": ["spikes_value"], "macros": ["SPIKE_SIZE"]},
    ]  # fmt: skip


def test_a_search_finds_by_all_that_is_in_the_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, exports, virtual names and macros, in any case; all words must be found."""
    world.publish("spikes", "1.0.0", "provides: [store]\nconfig: {SPIKE_SIZE: {type: int, default: 1}}\n")
    only = [("spikes", "1.0.0", "registry main")]
    for word in ("spikes", "spikes_value", "store", "spike_size", "fragment SPIKES"):
        assert found(capsys, *word.split()) == only, word
    assert found(capsys, "deeper_value") == [("deeper", "1.0.0", "registry main")]
    assert found(capsys, "spikes", "deep") == []
    assert found(capsys, "\\") == []


def test_a_search_reads_one_file(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Not one of the index is opened; without the catalogue all are, with the same result."""
    expected = found(capsys, "deep")
    told = list(listings(Registry("main", world.registry)))
    index = world.registry / "index"
    index.rename(world.registry / "index.away")
    assert found(capsys, "deep") == expected
    (world.registry / "index.away").rename(index)
    (world.registry / CATALOGUE).unlink()
    assert found(capsys, "deep") == expected
    assert list(listings(Registry("main", world.registry))) == told


def test_candidates_and_yanked_versions_are_not_the_newest(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest that one would get; a fragment of which all was taken back is found no more."""
    world.publish("deep", "3.0.0-rc.1")
    assert found(capsys, "deep_value") == [("deep", "2.0.0", "registry main")]
    yank(world.registry, "deep", "2.0.0", "it crashes")
    assert found(capsys, "deep_value") == [("deep", "1.1.0", "registry main")]
    for version in ("1.0.0", "1.1.0"):
        yank(world.registry, "deep", version, "it crashes")
    assert found(capsys, "deep_value") == [("deep", "3.0.0-rc.1", "registry main")]
    yank(world.registry, "deep", "3.0.0-rc.1", "it crashes")
    assert found(capsys, "deep_value") == []
    assert main(["info", "deep"]) == 0
    assert "\n  yanked      3.0.0-rc.1: it crashes\n" in capsys.readouterr().out
    yank(world.registry, "deep", "1.0.0", None)
    assert found(capsys, "deep_value") == [("deep", "1.0.0", "registry main")]


def test_a_name_comes_from_one_place(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What the tree or an earlier registry has hides the same name in a later one."""
    second = world.root / "second"
    make_registry(second, "second")
    for name in ("own", "deep", "other"):
        manifest = write_fragment(world.root / "more", name, "9.0.0")
        manifest.write_text(manifest.read_text().replace("Fragment ", "Zebra "), encoding="utf-8")
        add_to_registry(second, load_fragment(manifest))
    text = "registries:\n  main: {path: ../registry}\n  second: {path: ../second}\n"
    (world.app / "tapsmith.yaml").write_text(text, encoding="utf-8")
    assert found(capsys, "other_value") == [("other", "9.0.0", "registry second")]
    assert found(capsys, "own")[0] == ("own", "0.1.0", "tree")
    assert ("deep", "2.0.0", "registry main") in found(capsys, "deep")
    # Also where the words are only in what is hidden.
    assert found(capsys, "zebra") == [("other", "9.0.0", "registry second")]
    (world.app / "tapsmith.yaml").write_text(f"{text}bind: {{deep: second, other: main}}\n", encoding="utf-8")
    assert found(capsys, "zebra") == [("deep", "9.0.0", "registry second")]
    assert ("deep", "2.0.0", "registry main") not in found(capsys, "deep_value")


def test_info_of_what_is_in_a_registry(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """All is told as of a fragment here; only one file of the index is read."""
    shutil.rmtree(world.registry / "index/de/ep/deeper", ignore_errors=True)
    assert main(["info", "deep"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("deep 2.0.0 (registry main): Fragment deep\n")
    assert "\n  versions    2.0.0, 1.1.0, 1.0.0\n" in told
    assert "\n  int deep_value(void)  [any]\n" in told


@pytest.mark.parametrize(
    "damage",
    [
        '{"name":"deep"',
        '{"name":"../deep","version":"1"}',
        '["deep"]',
        '{"name":"deep","summary":1}',
        '{"name":"deep","version":"1.0.0","summary":"\\u001b[2J"}',
        '{"name":"deep","version":"1.0.0","summary":"","exports":"deep"}',
    ],
)
def test_a_damaged_line_is_told(world: World, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    """With file and line, once a search comes to it; a terminal is sent nothing that it obeys."""
    path = world.registry / CATALOGUE
    path.write_text(f"\n{damage}\n", encoding="utf-8")
    assert main(["search", "deep"]) == 2
    err = capsys.readouterr().err
    assert "[bad-index]" in err
    assert f"{CATALOGUE}:2: " in err
    assert "\x1b" not in err


def test_nothing_found_names_what_is_near(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where that is in a registry."""
    assert main(["search", "deepper"]) == 2
    assert "did you mean `deeper`?" in capsys.readouterr().err
