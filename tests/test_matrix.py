"""The report of a build for many kernels: a table, a page, and what is remembered of trials."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from conftest import Project
from scons_project import files, scons
from tapsmith.diagnostics import Problem
from tapsmith.matrix_page import page
from tapsmith.matrix_report import Cell, Matrix, format_matrix
from tapsmith.tested import recall, remember

OLD, NEW, RT = "6.1.0-56-cloud-amd64", "6.12.117+deb12-cloud-amd64", "6.1.0-56-rt-amd64"
RANGE = Problem("kernel-unsupported", "probe `b` is for kernels <6.12", mend="choose <another> kernel")
BROKEN = Problem("compile-failed", "c does not compile", detail="c.c:1:1: error: <script>alert(1)</script>")
MATRIX = Matrix(
    (
        Cell("b", NEW, (RANGE,)),
        Cell("b", OLD, text=900, data=10, tested=True),
        Cell("a", NEW, text=1200, data=20, tested=False),
        Cell("a", OLD, text=1100, data=20),
        Cell("c", OLD, (BROKEN,)),
        Cell("c", RT, (BROKEN,)),
    )
)
EMPTY = {"meta", "br"}


class Checker(HTMLParser):
    """Collects the cells of each row, and sees that each element is closed and nothing is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "href"} & {name for name, _ in attrs}
        self.tags.add(tag)
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += f"{data} "


def test_the_table_has_a_row_for_each_probe() -> None:
    """Kernels go from the oldest on; each problem is told once, with all that it stopped."""
    lines = format_matrix(MATRIX)
    assert [line.split() for line in lines[:4]] == [
        ["probe", "6.1-cloud", "6.1-rt", "6.12-cloud"],
        ["a", "1100", "-", "1200!"],
        ["b", "900*", "-", "unsupported"],
        ["c", "failed", "failed", "-"],
    ]
    assert lines[5] == "bytes of code; * tried in a guest, ! tried, and failed"
    assert lines[6:] == [
        "unsupported: probe `b` is for kernels <6.12 [kernel-unsupported]",
        "  b for 6.12-cloud",
        "failed: c does not compile [compile-failed]",
        "  c for 6.1-cloud, 6.1-rt",
    ]


def test_two_releases_of_one_short_name_are_told_apart() -> None:
    """Where a short name is not enough, the release stands there."""
    cells = (Cell("a", OLD), Cell("a", OLD.replace("56", "9")), Cell("a", RT))
    assert Matrix(cells).names == (OLD.replace("56", "9"), OLD, "6.1-rt")


def test_the_page_stands_alone() -> None:
    """It is closed HTML with two tables, fetches nothing, and what a compiler says stays text."""
    checker = Checker()
    checker.feed(page(MATRIX))
    assert checker.open == []
    assert not checker.tags & {"link", "img", "iframe", "object"}
    heads = [row for row in checker.rows if row[0].strip() == "probe"]
    assert len(heads) == 2
    assert [cell.split()[0] for cell in heads[0]] == ["probe", "6.1-cloud", "6.1-rt", "6.12-cloud"]
    row = next(row for row in checker.rows if row[0].strip() == "a")
    assert "built, not tested" in row[1]
    assert "tested: failed" in row[3]
    text = page(MATRIX)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert text.count("<script>") == 1
    assert "url(" not in text
    assert "//" not in text


def test_a_page_without_failures_has_one_table() -> None:
    """There is nothing to explain then."""
    assert page(Matrix((Cell("a", OLD), Cell("a", NEW)))).count("<table>") == 1


@pytest.mark.parametrize("passed", [True, False])
def test_a_trial_is_remembered_for_the_module_s_bytes(tmp_path: Path, passed: bool) -> None:
    """Another module of the same name was not tested."""
    module = tmp_path / "one.ko"
    module.write_bytes(b"one")
    assert recall(module) is None
    remember(module, passed)
    assert recall(module) is passed
    module.write_bytes(b"two")
    assert recall(module) is None
    (tmp_path / "one.ko.tested").write_text("damaged", encoding="utf-8")
    assert recall(module) is None


def test_a_build_for_two_kernels_ends_in_the_matrix(project: Project) -> None:
    """Trials count in it, and `-c` removes the page with the modules."""
    made = files()
    made["probes/two/two.c"] = "#error broken\n" + made["probes/two/two.c"]
    made["probes/three/probe.yaml"] += 'kernel: ">=6.12"\n'
    directory = project(made)
    kernels = "KERNEL=6.1-cloud,6.12-cloud"
    tried = scons(directory, kernels, "try-one")
    assert tried.status == 0, tried.output
    run = scons(directory, kernels)
    assert run.status == 2
    table = run.output.partition("\nprobe ")[2].partition("\n\n")[0]
    rows = {line.split()[0]: line.split()[1:] for line in f"probe {table}".splitlines()}
    assert rows["probe"] == ["6.1-cloud", "6.12-cloud"]
    assert all(cell.endswith("*") for cell in rows["one"])
    assert rows["two"] == ["failed", "failed"]
    assert rows["three"][0] == "unsupported"
    assert "as a page: build/matrix.html" in run.output
    text = (directory / "build/matrix.html").read_text(encoding="utf-8")
    assert "#error broken" in text
    assert str(directory) not in text
    scons(directory, kernels, "-c")
    assert not [path for path in directory.glob("build/**/*") if path.is_file()]
