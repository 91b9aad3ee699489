"""Pages whose commands run: blocks of `sh`, and between them, indented, what they print.

An `…` stands for what differs from run to run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scons_project import ROOT

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class HowTo:
    """The blocks of commands of a page, and the lines that it shows."""

    commands: tuple[str, ...]
    shown: tuple[str, ...]


def read_howto(text: str) -> HowTo:
    """Return the how-to that a text is."""
    between = _BLOCK.sub("", text)
    return HowTo(tuple(_BLOCK.findall(text)), tuple(re.findall(r"^    (.*)$", between, re.MULTILINE)))


def check_howto(howto: HowTo, home: Path) -> None:
    """Run all commands in a directory, one after the other; fail where one does, or a line is not printed."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment["PATH"] = f"{_programs(home.with_name('bin'))}:{os.environ['PATH']}"
    environment["PYTHONPATH"] = str(ROOT / "site_scons")
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(howto.commands)],
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
    at = 0
    for line in howto.shown:
        found = re.compile(".*".join(map(re.escape, line.split("…")))).search(done.stdout, at)
        assert found, f"{line}\n{done.stdout}"
        at = found.end()


def _programs(directory: Path) -> Path:
    """Return a directory with the commands `tapsmith` and `scons` of this tree."""
    directory.mkdir()
    for name, module in (("tapsmith", "tapsmith.cli"), ("scons", "SCons")):
        path = directory / name
        path.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m {module} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    return directory
