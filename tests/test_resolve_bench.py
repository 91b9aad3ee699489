"""The bench of the resolver: what it reads, whatever the time."""

from __future__ import annotations

from pathlib import Path

import resolve
from tapsmith.diagnostics import Place
from tapsmith.manifest import Requirement
from tapsmith.resolver.encoding import Wish
from tapsmith.resolver.search import solve
from tapsmith.versions import ANY


def test_only_what_is_reached_is_read(tmp_path: Path) -> None:
    """Of a registry of 200 fragments, one of 20 needs the index of just these, nearly all the newest."""
    resolve.write_registry(tmp_path, 200, 20, 20)
    registry = resolve.CountedRegistry("bench", tmp_path)
    need = Requirement(resolve.fragment_at(40), ANY, (), Place(Path("probe.yaml"), 1))
    answer = solve(Wish("bench", (need,)), registry)
    assert registry.read == answer.picks.keys() == {resolve.fragment_at(number) for number in range(40, 60)}
    newest = [str(release.version) for release in answer.picks.values()].count("1.19.0")
    # f00045 and f00052 have a newest version that requires what is not there.
    assert newest == 18


def test_the_table_has_a_row_for_each_size(capsys, tmp_path: Path) -> None:
    """The columns are those of the heading; the JSON has the same figures."""
    assert resolve.main(["--registries", "20,40", "--graphs", "5,30", "--json", str(tmp_path / "j")]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["fragments", "versions", "graph", "index", "read", "seconds"]
    assert [row.split()[:4] for row in rows] == [
        ["20", "20", "5", "5"],
        ["40", "20", "5", "5"],
        ["40", "20", "30", "30"],
    ]
    assert (tmp_path / "j").read_text().count('"seconds"') == 3
