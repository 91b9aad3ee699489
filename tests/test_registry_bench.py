"""The bench of registries: what it makes is a registry, and what it measures is what it says."""

from __future__ import annotations

import json
from pathlib import Path

import registry as bench
from tapsmith.packages.listings import listings, listings_of_index
from tapsmith.packages.registry import Registry


def test_the_registry_is_one(tmp_path: Path) -> None:
    """Its catalogue is what its index says, and a search finds words in it."""
    bench.write_registry(tmp_path / "registry", 30, 4)
    bench.write_project(tmp_path / "home", tmp_path / "registry")
    found = Registry("bench", tmp_path / "registry")
    assert list(listings(found)) == list(listings_of_index(found))
    assert len(found.releases("f00007")) == 4
    told = bench.command(tmp_path / "home", "search", "spikes", "noted")
    assert told.startswith("spikes 0.1.0 (")


def test_the_table_has_a_row_for_each_size(capsys, tmp_path: Path) -> None:
    """The JSON has the figures of the columns."""
    assert bench.main(["--fragments", "3,5", "--versions", "2", "--json", str(tmp_path / "j")]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert [row.split()[:2] for row in rows] == [["3", "2"], ["5", "2"]]
    assert [sorted(row) for row in json.loads((tmp_path / "j").read_text())] == [sorted(heading.split())] * 2
