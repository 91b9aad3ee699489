"""`tapsmith completion`: what it prints completes in a real shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, files
from tapsmith.cli import main

COMMAND = f"""#!/bin/sh
PYTHONPATH={ROOT}/site_scons exec {sys.executable} -P -m tapsmith.cli "$@"
"""
# Readline sets these two and calls the function that `complete` was given.
SCRIPT = """
eval "$(bin/tapsmith completion bash)"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
$(complete -p tapsmith | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def here(project: Project) -> Path:
    """A project with probes one, two and three, fragments tick and tock, and the command in bin/."""
    directory = project({**files(), "bin/tapsmith": COMMAND})
    (directory / "bin/tapsmith").chmod(0o755)
    return directory


def completed(directory: Path, *typed: str) -> list[str]:
    """Return what bash completes the last of the words to."""
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", SCRIPT, "bash", "bin/tapsmith", *typed],
        cwd=directory, env={**os.environ, "NO_COLOR": "1"}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return sorted(done.stdout.split())


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("se",), ["search"]),
        (("new", ""), ["fragment", "probe"]),
        (("tree", "t"), ["three", "two"]),
        (("add", "t"), ["target", "task", "tick", "timers", "tock", "tracepoints"]),
        (("add", "tick", "on"), ["one"]),
        (("why", "map_st"), ["map_stats", "map_strings"]),
        (("check", "t"), ["target", "task", "three", "tick", "timers", "tock", "tracepoints", "two"]),
        (("add", "--js"), ["--json"]),
        (("graph", "one", "--svg", "SCons"), ["SConstruct"]),
        (("completion", ""), ["bash", "zsh"]),
    ],
)
def test_bash_completes(here: Path, typed: tuple[str, ...], words: list[str]) -> None:
    """Subcommands, options, files, and the names of probes and fragments."""
    assert completed(here, *typed) == words


def test_a_broken_manifest_stops_nothing(here: Path) -> None:
    """Names are taken from the files' names: a mistake in one is told elsewhere."""
    (here / "manifests/tick.yaml").write_text("{", encoding="utf-8")
    assert completed(here, "why", "tic") == ["tick"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here")
def test_zsh_takes_it(here: Path) -> None:
    """The text for zsh is one that zsh reads, and a function of zsh's completion."""
    text = 'autoload -U compinit; compinit -D; eval "$(bin/tapsmith completion zsh)"; print $_comps[tapsmith]'
    done = subprocess.run(["zsh", "-f", "-c", text], cwd=here, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("_shtab_tapsmith\n", "")


def test_a_shell_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Which one runs the command is not guessed."""
    assert main(["completion"]) == 2
    assert (
        capsys.readouterr().err == "error: no shell is named [which-shell]\n  mend: name one of bash, zsh\n"
    )
