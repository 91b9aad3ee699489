"""docs/commands.md shows what the commands print for programs, and the README names all of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, files
from tapsmith.cli import main
from test_cli import subcommands
from test_commands_add import TOCK

TEXT = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^    tapsmith (?P<arguments>[^\n]*)$\n\n```json\n(?P<printed>.*?)^```$", re.MULTILINE | re.DOTALL
)


def test_the_examples_are_what_is_printed(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each example, run in its turn in a small project, prints just that."""
    universe = re.search(r"^`(fragments: .*)`\.$", TEXT, re.MULTILINE)
    assert universe
    made = {**files(), "manifests/tock.yaml": TOCK, "universe.yaml": universe[1]}
    monkeypatch.chdir(project(made))
    examples = list(EXAMPLE.finditer(TEXT))
    assert len(examples) == 16
    for example in examples:
        printed = json.loads(example["printed"])
        found = any(one["findings"] for one in printed.get("checked", ()))
        assert main(example["arguments"].split()) == (2 if printed.get("errors") else int(found))
        assert json.loads(capsys.readouterr().out) == printed, example["arguments"]


def test_the_readme_names_every_command() -> None:
    """Its table has a row for each subcommand, and none for what is none."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## The command `tapsmith`")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    named = {name.split()[0] for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named == subcommands().keys()


def test_the_document_lists_the_codes_of_its_own() -> None:
    """The link to the table of codes is one that leads there."""
    for link in re.findall(r"\]\(([^)#]+)", TEXT):
        assert (Path(ROOT / "docs") / link).exists(), link
