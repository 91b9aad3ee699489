"""The how-to of docs/registry.md: every command of it runs, and says what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from origins import World
from scons_project import ROOT

PAGE = (ROOT / "docs/registry.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## From nothing to a fragment published and used by another project\n")[2]
SECTION = SECTION.partition("\n## ")[0]
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
SHOWN = re.findall(
    r"^    (.*)$", re.sub(r"^```sh\n.*?^```$", "", SECTION, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
)


def programs(directory: Path) -> Path:
    """Return a directory with the commands `tapsmith` and `scons` of this tree."""
    directory.mkdir()
    for name, module in (("tapsmith", "tapsmith.cli"), ("scons", "SCons")):
        path = directory / name
        path.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m {module} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    return directory


@pytest.fixture
def ran(world: World, tmp_path: Path) -> tuple[Path, str]:
    """The directory in which all commands of the page ran, one after the other, and what they said."""
    home = tmp_path / "howto"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {
        "PATH": f"{programs(tmp_path / 'bin')}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "site_scons"),
    }
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
    return home, done.stdout


def test_every_command_runs_and_says_what_is_shown(ran: tuple[Path, str]) -> None:
    """The module is there in the end, with the fragment in it as its lock has it."""
    home, output = ran
    assert len(COMMANDS) == 7
    assert len(SHOWN) == 11
    at = 0
    for line in SHOWN:
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        found = pattern.search(output, at)
        assert found, f"{line}\n{output}"
        at = found.start()
    (built,) = (home / "user/build").glob("*/reads/reads.ko")
    assert b"tapsmith_fragment=spikes 0.1.1 sha256:" in built.read_bytes()
    lock = (home / "user/probes/reads/tapsmith.lock").read_text(encoding="utf-8")
    assert "    registry: main\n    version: 0.1.1\n" in lock
    assert not list((home / "registry").rglob(".drafts"))
