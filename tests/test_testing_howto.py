"""docs/testing.md: every command of it runs, and says what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from howto import check_howto, read_howto
from scons_project import ROOT, SCONSTRUCT
from tapsmith.testing.comparison import compare
from tapsmith.testing.expectation import parse_expectation

PAGE = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
HOWTO = PAGE.partition("\n## What may stand")[0]


def test_every_command_runs_and_says_what_is_shown(tmp_path: Path) -> None:
    """From a new probe to an expectation that was brought up to date."""
    home = tmp_path / "howto"
    home.mkdir()
    (home / "SConstruct").write_text(SCONSTRUCT, encoding="utf-8")
    howto = read_howto(HOWTO)
    assert (len(howto.commands), len(howto.shown)) == (4, 11)
    check_howto(howto, home)


@pytest.mark.parametrize(
    ("row", "good", "bad"),
    [
        ("reads: wc: 4 reads", "reads: wc: 4 reads", "reads: wc: 5 reads"),
        ("reads: * took * ns", "reads: sh took 12 ns", "reads: sh took 1 2 ns"),
        ("reads: wc took {>=10} ns", "reads: wc took 10 ns", "reads: wc took 9 ns"),
        ("{1..3} times reads: sh: * reads", "reads: sh: 7 reads", "reads: sh: reads"),
        ("? reads: cat: * reads", "reads: cat: 1 reads", "reads: dog: 1 reads"),
    ],
)
def test_the_table_s_lines_mean_what_it_says(row: str, good: str, bad: str) -> None:
    """Each line that the table shows fits what it says it does."""
    assert f"\n| `{row}` | " in PAGE
    expected = parse_expectation(row, ROOT / "expected.txt")
    assert compare(expected, [good]) == ()
    assert compare(expected, [bad]) != ()
