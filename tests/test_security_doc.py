"""docs/security.md names a test for all that it says holds."""

from __future__ import annotations

import re

from scons_project import ROOT

TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")


def test_every_row_names_a_test_that_is_there() -> None:
    """What holds is shown, also after tests have been renamed."""
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| attack")]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert len(rows) > 15
    assert all(named)
    files = (ROOT / "tests").glob("test_*.py")
    there = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.M)}
    assert {name for names in named for name in names} - there == set()
