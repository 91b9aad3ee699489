"""The bench of builds: the table it prints, and that it builds what it says, whatever the time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import build


def test_the_table_has_a_row_for_each_kind(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Both build two modules in each way; the JSON has the same figures; one module has no goal to miss."""
    assert build.main(["--counts", "2", "--runs", "1", "--json", str(tmp_path / "j")]) == 0
    said, heading, *lines = capsys.readouterr().out.splitlines()
    assert "-cloud-amd64, -j" in said
    assert heading.split() == ["modules", "build", "kbuild", "tapsmith", "ratio", "goal"]
    kinds = ["clean", "nothing changed", "one changed", "warm cache", "clean, runtime"]
    assert [" ".join(line.split()[1:-5]) for line in lines] == kinds
    rows = json.loads((tmp_path / "j").read_text(encoding="utf-8"))["rows"]
    assert [row["kind"] for row in rows] == kinds
    assert all(row["ratio"] == pytest.approx(row["tapsmith_s"] / row["kbuild_s"], rel=0.1) for row in rows)


def test_a_missed_goal_is_told() -> None:
    """The ratio is above what the goal allows."""
    row = build.Row(100, "clean", 10.0, 4.0, 20.0, 8.0, 0.4, 0.35)
    assert row.is_missed
    assert not build.Row(100, "clean", 10.0, 3.0, 20.0, 6.0, 0.3, 0.35).is_missed
