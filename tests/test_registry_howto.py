"""The how-to of docs/registry.md: every command of it runs, and says what the page shows."""

from __future__ import annotations

from pathlib import Path

from howto import check_howto, read_howto
from origins import World
from scons_project import ROOT

PAGE = (ROOT / "docs/registry.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## From nothing to a fragment published and used by another project\n")[2]


def test_every_command_runs_and_says_what_is_shown(world: World, tmp_path: Path) -> None:
    """The module is there in the end, with the fragment in it as its lock has it."""
    home = tmp_path / "howto"
    home.mkdir()
    howto = read_howto(SECTION.partition("\n## ")[0])
    assert (len(howto.commands), len(howto.shown)) == (7, 11)
    check_howto(howto, home)
    (built,) = (home / "user/build").glob("*/reads/reads.ko")
    assert b"tapsmith_fragment=spikes 0.1.1 sha256:" in built.read_bytes()
    lock = (home / "user/probes/reads/tapsmith.lock").read_text(encoding="utf-8")
    assert "    registry: main\n    version: 0.1.1\n" in lock
    assert not list((home / "registry").rglob(".drafts"))
