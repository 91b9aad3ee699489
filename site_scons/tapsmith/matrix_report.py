"""The matrix of a build for many kernels: what came of each probe for each kernel, as lines of text.

probe   6.1-cloud  6.12-rt
fileio      13748  failed
hello       1139*  1201*
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tapsmith.diagnostics import Problem, TapsmithError
from tapsmith.kernelcache import release_key, told_name

_UNSUPPORTED = {"kernel-unsupported", "kconfig-missing"}


@dataclass(frozen=True)
class Cell:
    """What came of one probe for one kernel: the bytes of its module's code and data, or its problems.

    `tested` is whether just this module passed when it was tried in a guest; None where it was not.
    """

    probe: str
    release: str
    problems: tuple[Problem, ...] = ()
    text: int = 0
    data: int = 0
    tested: bool | None = None

    @property
    def state(self) -> str:
        """`built`, `unsupported` where the manifests exclude the kernel, else `failed`."""
        codes = {problem.code for problem in self.problems}
        return "built" if not codes else "unsupported" if codes <= _UNSUPPORTED else "failed"


@dataclass(frozen=True)
class Matrix:
    """The cells of a build, by probe and release."""

    cells: tuple[Cell, ...]

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes, by name."""
        return tuple(sorted({cell.probe for cell in self.cells}))

    @property
    def releases(self) -> tuple[str, ...]:
        """The kernels, the oldest first."""
        return tuple(sorted({cell.release for cell in self.cells}, key=release_key))

    def at(self, probe: str, release: str) -> Cell | None:
        """Return what came of a probe for a kernel; None if this build did not try."""
        return next((c for c in self.cells if (c.probe, c.release) == (probe, release)), None)

    @property
    def names(self) -> tuple[str, ...]:
        """What the kernels are called: short names where these tell them apart."""
        short = [told_name(release) for release in self.releases]
        return tuple(
            name if short.count(name) == 1 else release
            for name, release in zip(short, self.releases, strict=True)
        )

    def reasons(self) -> tuple[tuple[Problem, tuple[Cell, ...]], ...]:
        """Return why what was not built was not, each problem with the cells that it is of."""
        found: dict[str, tuple[Problem, list[Cell]]] = {}
        for cell in self.cells:
            for problem in cell.problems:
                found.setdefault(str(problem), (problem, []))[1].append(cell)
        return tuple((problem, tuple(cells)) for problem, cells in found.values())


def cell_of(probe: str, release: str, error: TapsmithError | None) -> Cell:
    """Return the cell of what was not built; without an error, scons said why."""
    unknown = Problem("build-failed", "a step of its build failed")
    return Cell(probe, release, error.problems if error else (unknown,))


def format_matrix(matrix: Matrix) -> list[str]:
    """Return the lines of the table, and below it why what was not built was not."""
    rows = [["probe", *matrix.names]]
    for probe in matrix.probes:
        rows.append([probe, *(_shown(matrix.at(probe, release)) for release in matrix.releases)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    marks = {cell.tested for cell in matrix.cells} - {None}
    if marks:
        lines += ["", "bytes of code; * tried in a guest" + (", ! tried, and failed" * (False in marks))]
    else:
        lines += ["", "bytes of code"]
    for problem, cells in matrix.reasons():
        lines += [f"{cells[0].state}: {problem.message} [{problem.code}]", f"  {_whose(cells, matrix)}"]
    return lines


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    mark = {True: "*", False: "!", None: ""}[cell.tested]
    return f"{cell.text}{mark}" if cell.state == "built" else cell.state


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
    return "  ".join(cells).rstrip()


def _whose(cells: Iterable[Cell], matrix: Matrix) -> str:
    names = dict(zip(matrix.releases, matrix.names, strict=True))
    kernels: dict[str, list[str]] = {}
    for cell in cells:
        kernels.setdefault(cell.probe, []).append(names[cell.release])
    return "; ".join(f"{probe} for {', '.join(found)}" for probe, found in kernels.items())
