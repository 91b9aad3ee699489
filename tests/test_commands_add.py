"""`tapsmith add` and `tapsmith remove`: what they write, and what they tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Project
from scons_project import files
from tapsmith.cli import main

PROBE = """\
name: one
summary: Counts
needs: {tick: ^1.0}   # what counts
config: {TICK_STEP: 2}
"""
TOCK = """\
name: tock
version: 1.3.0
summary: A counter that needs another
license: GPL-2.0
requires: {tick: ^1.0}
provides: [clock]
sources: [tock.c]
exports:
  functions: {tock_hit: any}
"""


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two fragments and one probe, which is the current directory."""
    made = {name: text for name, text in files().items() if "/two/" not in name and "/three/" not in name}
    directory = project({**made, "manifests/tock.yaml": TOCK, "probes/one/probe.yaml": PROBE})
    monkeypatch.chdir(directory)
    return directory


def needs(directory: Path) -> str:
    """Return the line of `needs`, and check that no other line changed."""
    lines = (directory / "probes/one/probe.yaml").read_text(encoding="utf-8").splitlines()
    assert [*lines[:2], lines[3]] == [line for line in PROBE.splitlines() if "needs" not in line]
    return lines[2]


def test_add_takes_the_newest_version(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a range it is ^ and the newest version's first two numbers; the only probe needs no name."""
    assert main(["add", "tock"]) == 0
    assert capsys.readouterr() == ("one needs tock ^1.3\n", "")
    assert needs(here) == "needs: {tick: ^1.0, tock: ^1.3}   # what counts"


def test_add_changes_a_range(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A need that is there gets the new range; without a range nothing is written."""
    assert main(["add", "tick@>=1.0, <2", "one"]) == 0
    assert main(["add", "tick", "probes/one"]) == 0
    assert capsys.readouterr().out == (
        "one needs tick >=1.0, <2, no longer ^1.0\none needs tick >=1.0, <2 already\n"
    )
    assert needs(here) == 'needs: {tick: ">=1.0, <2"}   # what counts'


def test_add_of_a_virtual_name(here: Path) -> None:
    """A virtual name is needed in any version."""
    assert main(["add", "clock"]) == 0
    assert needs(here) == 'needs: {tick: ^1.0, clock: "*"}   # what counts'


@pytest.mark.parametrize(
    ("wanted", "code", "mend"),
    [
        ("tik", "unknown-fragment", "did you mean `tick`?"),
        ("zzz", "unknown-fragment", "`tapsmith search WORDS` looks for fragments"),
        ("Tick", "bad-name", "use small letters, digits and `_`"),
        ("tock@1.0", "bad-range", "write ^1.0 (and what is compatible), >=1.0 or =1.0"),
        ("tock@", "bad-range", "write for instance ^1.0, ~1.2, `>=1, <2`, =1.2.3, 1.* or *"),
        ("tock@^2", "version-mismatch", "tapsmith add tock@^1.3"),
        ("clock@^1", "version-mismatch", "tapsmith add clock"),
    ],
)
def test_add_refuses(
    here: Path, capsys: pytest.CaptureFixture[str], wanted: str, code: str, mend: str
) -> None:
    """What cannot be needed is refused with the mend, and the file stays as it is."""
    assert main(["add", wanted, "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], problem["mend"]) == (code, mend)
    assert needs(here) == "needs: {tick: ^1.0}   # what counts"


def test_remove_tells_who_still_requires_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fragment that another requires stays in the module."""
    assert main(["add", "tock"]) == 0
    capsys.readouterr()
    assert main(["remove", "tick"]) == 0
    assert capsys.readouterr() == (
        "one no longer needs tick ^1.0\n"
        "tick stays in as a dependency: tock requires it (manifests/tock.yaml:5)\n",
        "",
    )
    assert needs(here) == "needs: {tock: ^1.3}   # what counts"


def test_remove_tells_what_is_refused_since(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A value for a macro of the fragment that went is told at once."""
    assert main(["remove", "tick"]) == 0
    said = capsys.readouterr()
    assert said.out == "one no longer needs tick ^1.0\n"
    assert "tapsmith: now one is refused: " in said.err
    assert "macro TICK_STEP belongs to fragment `tick`" in said.err
    assert needs(here) == "needs: {}   # what counts"


def test_remove_refuses_what_is_not_needed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A need that is not there is refused, with one that is."""
    assert main(["remove", "tock"]) == 2
    assert (
        "probes/one/probe.yaml:3:1: error: one does not need `tock` [unknown-need]" in capsys.readouterr().err
    )


def test_a_stale_lock_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lock that was made for other needs is named, one for the same needs is not."""
    (here / "probes/one/tapsmith.lock").write_text("", encoding="utf-8")
    assert main(["add", "tick"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["add", "tock"]) == 0
    assert capsys.readouterr().err == (
        "tapsmith: probes/one/tapsmith.lock is now stale; `tapsmith lock one` renews it\n"
    )


def test_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both print the same keys."""
    assert main(["add", "tock", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "probe": "one",
        "file": "probes/one/probe.yaml",
        "fragment": "tock",
        "before": None,
        "after": "^1.3",
        "required_by": [],
        "lock_is_stale": False,
        "problems": [],
    }
    assert main(["remove", "tick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "probe": "one",
        "file": "probes/one/probe.yaml",
        "fragment": "tick",
        "before": "^1.0",
        "after": None,
        "required_by": ["tock"],
        "lock_is_stale": False,
        "problems": [],
    }


def test_the_probe_of_the_current_directory(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a probe's directory PROBE may be left out, and its project's fragments are found."""
    monkeypatch.chdir(here / "probes/one")
    assert main(["add", "tock"]) == 0
    assert needs(here) == "needs: {tick: ^1.0, tock: ^1.3}   # what counts"


def test_below_the_project_s_directory(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names are found from any directory of the project, and what is its own is told from the shipped."""
    (here / "docs").mkdir()
    monkeypatch.chdir(here / "docs")
    assert main(["add", "tock", "one"]) == 0
    capsys.readouterr()
    assert main(["tree", "one"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["├── tick 1.0.0", "└── tock 1.3.0", "    └── tick 1.0.0"]


def test_a_directory_of_a_probe_s_name_hides_nothing(here: Path) -> None:
    """What has no probe.yaml is not taken for a probe where there is one."""
    (here / "one").mkdir()
    assert main(["add", "tock", "one"]) == 0
    assert needs(here) == "needs: {tick: ^1.0, tock: ^1.3}   # what counts"


def test_several_probes_have_to_be_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is guessed."""
    (here / "probes/two").mkdir()
    (here / "probes/two/probe.yaml").write_text("name: two\n", encoding="utf-8")
    assert main(["add", "tock"]) == 2
    assert capsys.readouterr().err == (
        "error: there are several probes here: `one`, `two` [which-probe]\n  mend: name one of them\n"
    )


def test_the_file_s_mode_stays(here: Path) -> None:
    """Who may read it is not changed."""
    (here / "probes/one/probe.yaml").chmod(0o640)
    assert main(["add", "tock"]) == 0
    assert (here / "probes/one/probe.yaml").stat().st_mode & 0o777 == 0o640
