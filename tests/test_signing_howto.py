"""docs/signing.md: every command of it runs, and says what the page shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from origins import World, write_fragment
from scons_project import ROOT
from tapsmith.manifest import load_fragment
from tapsmith.packages.registry_write import add_to_registry, make_registry
from tapsmith.signing import layout
from test_registry_howto import programs

PAGE = (ROOT / "docs/signing.md").read_text(encoding="utf-8")
HOWTO = PAGE.partition("\n## What readers notice")[0]
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", HOWTO, re.MULTILINE | re.DOTALL)
TEXT = re.sub(r"^```sh\n.*?^```$", "", HOWTO, flags=re.MULTILINE | re.DOTALL)
SHOWN = re.findall(r"^    (.*)$", TEXT, re.MULTILINE)


def test_every_command_runs_and_says_what_is_shown(world: World, tmp_path: Path) -> None:
    """From a registry with one fragment to one whose keys were changed."""
    home = tmp_path / "howto"
    make_registry(home / "registry", "main")
    draft = write_fragment(home / "draft", "spikes", "0.1.0")
    text = draft.read_text(encoding="utf-8").replace("Fragment spikes", "Counts notes, on all CPUs together")
    draft.write_text(text, encoding="utf-8")
    add_to_registry(home / "registry", load_fragment(draft))
    shutil.rmtree(home / "draft")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons")}
    environment["PATH"] = f"{programs(tmp_path / 'bin')}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(COMMANDS)],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert len(COMMANDS) == 5
    assert len(SHOWN) == 8
    at = 0
    for line in SHOWN:
        found = re.compile(".*".join(map(re.escape, line.split("…")))).search(done.stdout, at)
        assert found, f"{line}\n{done.stdout}"
        at = found.end()


def test_the_page_shows_the_layout() -> None:
    """Names and number of bins are those of the code."""
    assert f"{2**layout.BIN_BITS} bins" in PAGE
    assert f"{layout.SIGNED}/{layout.TIMESTAMP} " in PAGE
    assert layout.blob_path("abcd") in PAGE
