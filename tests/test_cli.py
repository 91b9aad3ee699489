"""What all subcommands of `tapsmith` have in common: help, JSON, colour, and what comes of errors."""

from __future__ import annotations

import argparse
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, files
from tapsmith import __version__
from tapsmith.cli import build_parser, main

COMMAND = [sys.executable, "-P", "-m", "tapsmith.cli"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons"), "TERM": "xterm"}


def subcommands() -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of all subcommands."""
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, which is the current directory."""
    directory = project(files())
    monkeypatch.chdir(directory)
    return directory


def on_terminal(directory: Path, *arguments: str, **environment: str) -> tuple[str, str]:
    """Return what the command prints where both its outputs are terminals."""
    texts = []
    ends = [pty.openpty(), pty.openpty()]
    done = subprocess.Popen(
        [*COMMAND, *arguments], cwd=directory, env={**ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL, stdout=ends[0][1], stderr=ends[1][1],
    )  # fmt: skip
    for ours, theirs in ends:
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 4096):
                text += part
        except OSError:  # at the end, once the other side is closed
            pass
        os.close(ours)
        texts.append(text.decode().replace("\r\n", "\n"))
    done.wait(timeout=60)
    return texts[0], texts[1]


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_help_ends_with_an_example_that_is_one(name: str) -> None:
    """The last line of a subcommand's help is a command that it takes."""
    parser = subcommands()[name]
    assert parser.epilog
    assert parser.epilog.startswith("example: ")
    assert f"tapsmith {name}" in parser.epilog
    assert parser.format_help().rstrip().endswith(" ".join(parser.epilog.split()[-1:]))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The package's version, alone."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"tapsmith {__version__}\n"


def test_an_error_for_people(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Errors go to standard error, and the status is 2."""
    assert main(["tree", "ones"]) == 2
    assert capsys.readouterr() == (
        "",
        "error: there is no probe `ones` here [unknown-probe]\n  mend: did you mean `one`?\n",
    )


def test_errors_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All mistakes come at once, each with code, place and mend; nothing else is printed."""
    file = here / "probes/one/probe.yaml"
    file.write_text("name: one\nsumary: S\nneeds: {tick: 1}\n", encoding="utf-8")
    assert main(["tree", "one", "--json"]) == 2
    said = capsys.readouterr()
    assert said.err == ""
    errors = json.loads(said.out)["errors"]
    assert [error["code"] for error in errors] == ["missing-key", "unknown-key", "bad-range"]
    assert errors[1] == {
        "code": "unknown-key",
        "severity": "error",
        "message": "key `sumary` is unknown here",
        "file": "probes/one/probe.yaml",
        "line": 2,
        "column": 1,
        "mend": "did you mean `summary`?",
        "detail": None,
    }


def test_colour_is_for_terminals(here: Path) -> None:
    """A terminal gets styles, unless NO_COLOR is set or it cannot show them; a pipe never does."""
    assert on_terminal(here, "tree", "one")[0].startswith("\033[1mone\033[0m (probes/one)\n")
    assert on_terminal(here, "tree", "ones")[1].startswith("\033[31merror:\033[0m there is no probe")
    assert on_terminal(here, "tree", "one", NO_COLOR="1")[0].startswith("one (probes/one)\n")
    assert on_terminal(here, "tree", "one", TERM="dumb")[0].startswith("one (probes/one)\n")
    piped = subprocess.run(
        [*COMMAND, "tree", "one"], cwd=here, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert piped.stdout.startswith("one (probes/one)\n")


def test_a_reader_that_has_seen_enough_is_no_mistake(here: Path) -> None:
    """`tapsmith ... | head` ends in silence."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "info", "tick"],
        cwd=here,
        env=ENVIRONMENT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_terminal_without_the_characters_is_no_mistake(here: Path) -> None:
    """What an encoding lacks is shown as another character."""
    done = subprocess.run(
        [*COMMAND, "tree", "one"], cwd=here, env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "one (probes/one)\n??? tick 1.0.0\n"


def test_a_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    """What the system refuses is one sentence, not a traceback."""
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"rmdir {gone} && exec {' '.join(COMMAND)} tree one --json"
    done = subprocess.run(["sh", "-c", script], cwd=gone, env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "")
    (problem,) = json.loads(done.stdout)["errors"]
    assert (problem["code"], problem["message"]) == ("system-error", "No such file or directory")


def test_of_a_command_that_is_named_only_its_module_is_read() -> None:
    """All of them take longer to read than most of them run; the parser is the same as among all."""
    for name, parser in subcommands().items():
        for action in build_parser(name)._actions:
            if isinstance(action, argparse._SubParsersAction) and name != "completion":
                assert list(action.choices) == [name]
                assert action.choices[name].format_help() == parser.format_help()
    code = "import sys; from tapsmith.cli import main; main(['search', 'maps']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", code], env=ENVIRONMENT, cwd=ROOT, capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert "tapsmith.commands.search" in done.stdout
    assert "tapsmith.commands.host" not in done.stdout
