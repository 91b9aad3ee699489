"""`tapsmith lock`, `update` and `outdated`: what they write and print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from origins import NEEDS, World, versions
from scons_project import PROBES_OF_TREE, ROOT
from tapsmith.cli import main
from tapsmith.library import Library
from tapsmith.packages.lock_file import lock_text, read_lock
from tapsmith.packages.locking import make_lock
from tapsmith.packages.registry_write import yank
from tapsmith.packages.sources import Sources
from tapsmith.probe import load_probe


def test_a_lock_is_written_when_it_changes(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Locking again leaves the file alone, even where another layout says the same."""
    before = locked.lock.stat()
    needs = '  deep: "^1.0"  # comment\n  far: {git: ../far, version: "^1.0", tag: v1}\n'
    locked.need(f'{needs}  near:\n    path: "../beside"\n    version: ^ 1.0\n  own: "*"\n')
    assert versions(locked).keys() == {"own", "near", "far", "deeper", "deep"}
    capsys.readouterr()
    assert main(["lock"]) == 0
    assert capsys.readouterr().out == "1 lock is as it was\n"
    assert locked.lock.stat().st_ino == before.st_ino


def test_lock_keeps_and_update_renews(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A newer release changes nothing until it is asked for; what changed is printed."""
    locked.publish("deep", "1.2.0", "requires: {deeper: ^1.1}\n")
    locked.publish("deeper", "1.1.0")
    assert main(["lock"]) == 0
    assert versions(locked)["deep"] == "1.1.0"
    capsys.readouterr()
    assert main(["update", "deep"]) == 0
    assert capsys.readouterr().out == (
        "probes/mine: lock changed, 5 fragments\n"
        "  deep 1.1.0 (registry main) -> 1.2.0 (registry main)\n"
        "  deeper 1.0.0 (registry main) -> 1.1.0 (registry main)\n"
    )


def test_update_of_one_leaves_the_others(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not named stays, if it can."""
    locked.publish("deep", "1.2.0", "requires: {deeper: ^1.0}\n")
    locked.publish("deeper", "1.1.0")
    assert main(["update", "deep"]) == 0
    assert (versions(locked)["deep"], versions(locked)["deeper"]) == ("1.2.0", "1.0.0")
    assert main(["update", "--probe", "mine"]) == 0
    assert versions(locked)["deeper"] == "1.1.0"
    assert main(["update", "dep"]) == 2
    assert "did you mean `deep`?" in capsys.readouterr().err


def test_outdated_tells_allowed_newest_and_yanked(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest in all ranges, the newest at all, and why the locked one was taken back."""
    capsys.readouterr()
    locked.publish("deep", "1.3.0-rc.1")
    assert main(["outdated"]) == 0
    assert capsys.readouterr().out == (
        "probe  fragment  locked  allowed  newest\nmine   deep      1.1.0   1.1.0    2.0.0\n"
    )
    yank(locked.registry, "deep", "1.1.0", "it crashes")
    assert main(["outdated", "--json"]) == 0
    row = {"probe": "mine", "fragment": "deep", "locked": "1.1.0", "allowed": "1.0.0", "newest": "2.0.0"}
    assert json.loads(capsys.readouterr().out) == {"outdated": [row | {"yanked": "it crashes"}]}
    # Who has it locked keeps it; who locks anew does not get it.
    assert main(["lock"]) == 0
    assert versions(locked)["deep"] == "1.1.0"
    locked.lock.unlink()
    assert main(["lock"]) == 0
    assert versions(locked)["deep"] == "1.0.0"


def test_no_lock_is_written_where_one_fails(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """All locks are made before the first is written."""
    other = world.app / "probes/other"
    other.mkdir()
    (other / "probe.yaml").write_text("name: other\nsummary: S\nneeds: {deep: ^7}\n", encoding="utf-8")
    (other / "other.c").write_text("", encoding="utf-8")
    assert main(["lock"]) == 2
    assert "version-mismatch" in capsys.readouterr().err
    assert not world.lock.exists()
    assert main(["lock", "mine"]) == 0
    assert world.lock.exists()


def test_a_changed_registry_is_not_locked(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A version once published never changes; a registry that thinks otherwise is refused."""
    for path in (locked.registry / "index/de/ep").iterdir():
        path.unlink()
    locked.publish("deep", "1.1.0", value=66)
    assert main(["lock"]) == 2
    assert "content-changed" in capsys.readouterr().err
    assert versions(locked)["deep"] == "1.1.0"


def test_the_answer_does_not_hang_on_the_order_of_needs(locked: World) -> None:
    """Another order of lines is the same lock."""
    before = locked.lock.read_bytes()
    locked.need("".join(reversed(NEEDS.splitlines(keepends=True))))
    assert "deep" in versions(locked)
    locked.lock.unlink()
    assert main(["lock"]) == 0
    assert locked.lock.read_bytes() == before


@pytest.mark.parametrize("probe", PROBES_OF_TREE)
def test_the_locks_of_this_tree_are_current(probe: str, tmp_path: Path) -> None:
    """Each probe that comes with tapsmith has its lock, and locking again would not change it."""
    directory = ROOT / "probes" / probe
    lock = read_lock(directory / "tapsmith.lock")
    assert lock
    tree = Library.load([ROOT])
    made = make_lock(load_probe(directory), tree, Sources(tmp_path, print), lock)
    assert lock_text(made) == (directory / "tapsmith.lock").read_text(encoding="utf-8")
