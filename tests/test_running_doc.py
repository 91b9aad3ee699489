"""docs/running.md is true: its statuses, kinds, types and columns are those of the runner."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema

from scons_project import ROOT
from tapsmith.cli import build_parser
from tapsmith.running import losses, outcome
from tapsmith.running.claims import Claim, Loaded
from tapsmith.running.events import Row
from tapsmith.running.ledger import ledger
from tapsmith.running.losses import parse_losses
from tapsmith.running.main import listing
from tapsmith.running.writers import COLUMNS

TEXT = (ROOT / "docs/running.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SCHEMA = json.loads((ROOT / "docs/schema/run.json").read_text(encoding="utf-8"))


def rows(title: str) -> set[str]:
    """Return the first cells of the table below a heading."""
    part = TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return {cell.strip("`") for cell in re.findall(r"^\| ([^|]+?) \|", part, re.MULTILINE)} - {"---"}


def test_each_status_is_told() -> None:
    """The table has the runner's own statuses, the command's, and no other."""
    own = {outcome.ENDED, outcome.REFUSED, outcome.LOAD_FAILED, outcome.LOST, outcome.ASKED}
    own |= {outcome.UNLOAD_FAILED, outcome.READER_GONE}
    assert rows("Exit status") == {*map(str, own), "the command's", "status"}


def test_each_kind_and_type_is_told() -> None:
    """In the page, and in the schema."""
    kinds = {kind for _, kind in losses.KINDS} | {"skipped", "lost"}
    assert rows("The ledger") == {*kinds, "kind"}
    assert set(SCHEMA["$defs"]["loss"]["properties"]["kind"]["enum"]) == kinds
    assert rows("For programs") == {*SCHEMA["$defs"], "type"}
    fields = SCHEMA["$defs"]["row"]["properties"]["fields"]["properties"]
    assert all(name in COLUMNS and f"`{name}`" in TEXT for name in fields)


def test_the_row_that_is_shown_is_one() -> None:
    """The schema allows it, and the runner would print it."""
    shown = json.loads(SHOWN[1])
    jsonschema.validate(shown, SCHEMA)
    bars = tuple((bar["from"], bar["count"]) for bar in shown["histogram"])
    assert Row(shown["time"], shown["format"], shown["fields"], (), bars).to_json() == shown


def test_the_ledger_that_is_shown_is_printed() -> None:
    """By the lines that the README shows of a module."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    said = re.findall(r"^    fileio: (lost .*)$", readme, re.MULTILINE)
    found = [loss for text in said for loss in parse_losses(text) or ()]
    for lines in (ledger([]), ledger(found, {"PROCESSES"})):
        assert "".join(f"    tapsmith: {line}\n" for line in lines) in TEXT


def test_the_list_that_is_shown_is_printed() -> None:
    """With its columns, and for programs."""
    loaded = Loaded(Claim("hello", 90, 1795547982.0, "/hello.ko"), False, 0, "running")
    head, row = listing([loaded], False).splitlines()
    assert f"    {head}\n" in TEXT
    assert listing([loaded], True) + "\n" == SHOWN[0]
    assert re.sub(r"[0-9-]{10} [0-9:]{8}", "2026-11-24 19:19:42", row) in TEXT


def test_the_commands_that_are_shown_are_understood() -> None:
    """Each has a subcommand and options that there are."""
    commands = re.findall(r"^    sudo \.venv/bin/tapsmith ([^#\n]*)", TEXT, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", command)]
        assert build_parser(words[0]).parse_args(words).probe == "fileio"


def test_its_links_lead_somewhere() -> None:
    """Each file that it links to is there."""
    for link in re.findall(r"\]\(([^)#]+)", TEXT):
        assert (Path(ROOT / "docs") / link).exists(), link
