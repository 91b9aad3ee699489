"""A registry with mirrors: where its files come from, and what nobody need trust."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import webserver
from origins import World, edit, versions
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.packages.project import load_project
from tapsmith.packages.registry import Registry, archive_path
from tapsmith.packages.registry_write import yank


@pytest.fixture
def mirrored(world: World) -> World:
    """The project, locked, with nothing in the cache; two mirrors of its registry are none."""
    assert main(["lock"]) == 0
    (world.root / "empty").mkdir()
    assert main(["mirror", "main", "../copy"]) == 0
    edit(
        world.app / "tapsmith.yaml", "../registry}", "../registry, mirrors: [../nowhere, ../empty, ../copy]}"
    )
    shutil.rmtree(world.root / "cache/fragments")
    return world


def spoil_archives(directory: Path) -> None:
    """Put other archives in the place of all."""
    for path in directory.glob("archives/*/*"):
        path.write_bytes(b"other")


def test_archives_come_from_the_first_mirror_that_has_them(mirrored: World) -> None:
    """Those of the registry itself are not looked at."""
    spoil_archives(mirrored.registry)
    assert versions(mirrored)["deep"] == "1.1.0"


def test_the_registry_is_the_last_one(mirrored: World) -> None:
    """Where no mirror has an archive, or has another in its place."""
    spoil_archives(mirrored.root / "copy")
    assert versions(mirrored)["deep"] == "1.1.0"


def test_other_content_is_refused_wherever_it_is_from(mirrored: World) -> None:
    """The hash is the lock's."""
    spoil_archives(mirrored.root / "copy")
    spoil_archives(mirrored.registry)
    with pytest.raises(TapsmithError) as caught:
        versions(mirrored)
    assert caught.value.codes == ("bad-archive",)


def test_what_may_change_is_asked_of_the_registry(mirrored: World) -> None:
    """A mirror that is behind hides neither a new version nor a yank."""
    mirrored.publish("deep", "1.5.0", "requires: {deeper: ^1.0}\n", calls="deeper_value")
    mirrored.publish("deep", "1.6.0", "requires: {deeper: ^1.0}\n", calls="deeper_value")
    yank(mirrored.registry, "deep", "1.6.0", "it crashes")
    assert main(["update"]) == 0
    assert versions(mirrored)["deep"] == "1.5.0"


def test_a_mirror_stands_in_for_a_registry_that_cannot_be_reached(mirrored: World) -> None:
    """For a lock as well as for what it names."""
    mirrored.registry.rename(mirrored.root / "gone")
    mirrored.lock.unlink()
    assert main(["lock"]) == 0
    assert main(["search", "deep"]) == 0
    assert versions(mirrored)["deep"] == "1.1.0"


def test_the_registry_is_named_where_nothing_can_be_reached(
    mirrored: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its place, not that of a mirror."""
    mirrored.registry.rename(mirrored.root / "gone")
    shutil.rmtree(mirrored.root / "copy")
    mirrored.lock.unlink()
    assert main(["lock"]) == 2
    said = capsys.readouterr().err
    assert f"({mirrored.registry})" in said
    assert "[registry-unreachable]" in said


def test_a_mirror_on_a_web_server(world: World, no_proxy: None) -> None:
    """It gets the questions for archives, and no others while the registry answers."""
    assert main(["lock"]) == 0
    with webserver.serve(webserver.from_directory(world.registry)) as server:
        edit(world.app / "tapsmith.yaml", "../registry}", f"../registry, mirrors: ['{server.url}']}}")
        shutil.rmtree(world.root / "cache/fragments")
        assert main(["fetch"]) == 0
        registry = Registry("main", world.registry)
        named = [next(iter(registry.releases("deeper"))), registry.releases("deep")[1]]
        paths = sorted(f"/{archive_path(release.archive)}" for release in named)
        assert sorted(asked.path for asked in server.asked) == paths


def test_a_mirror_with_a_mistake(tmp_path: Path) -> None:
    """A URL is one without a password."""
    text = (
        "registries:\n  main: {path: r, mirrors: ['https://me:secret@example.org/x', 'ftp://example.org']}\n"
    )
    (tmp_path / "tapsmith.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TapsmithError) as caught:
        load_project(tmp_path)
    assert caught.value.codes == ("bad-origin", "bad-origin")
