"""docs/signing.md: every command of it runs, and says what the page shows."""

from __future__ import annotations

import shutil
from pathlib import Path

from howto import check_howto, read_howto
from origins import World, write_fragment
from scons_project import ROOT
from tapsmith.manifest import load_fragment
from tapsmith.packages.registry_write import add_to_registry, make_registry
from tapsmith.signing import layout

PAGE = (ROOT / "docs/signing.md").read_text(encoding="utf-8")
HOWTO = PAGE.partition("\n## What readers notice")[0]


def test_every_command_runs_and_says_what_is_shown(world: World, tmp_path: Path) -> None:
    """From a registry with one fragment to one whose keys were changed."""
    home = tmp_path / "howto"
    make_registry(home / "registry", "main")
    draft = write_fragment(home / "draft", "spikes", "0.1.0")
    text = draft.read_text(encoding="utf-8").replace("Fragment spikes", "Counts notes, on all CPUs together")
    draft.write_text(text, encoding="utf-8")
    add_to_registry(home / "registry", load_fragment(draft))
    shutil.rmtree(home / "draft")
    howto = read_howto(HOWTO)
    assert (len(howto.commands), len(howto.shown)) == (5, 8)
    check_howto(howto, home)


def test_the_page_shows_the_layout() -> None:
    """Names and number of bins are those of the code."""
    assert f"{2**layout.BIN_BITS} bins" in PAGE
    assert f"{layout.SIGNED}/{layout.TIMESTAMP} " in PAGE
    assert layout.blob_path("abcd") in PAGE
