"""The table that ends a build: one row a module, or of several kernels one row a probe."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import SCons.Node
from SCons.Script import GetOption

from tapsmith import atomic, tested
from tapsmith.matrix_page import page
from tapsmith.matrix_report import Cell, Matrix, cell_of, format_matrix
from tapsmith.scons.options import only_looks
from tapsmith.scons.session import Built, Refused, Session

PAGE = "matrix.html"

_HEAD = ("probe", "module", "text", "data", "seconds", "fragments")


def end_with_table(session: Session, build: Any) -> None:
    """See to it, once, that scons ends with the table of what this run built in the directory `build`."""
    if not session.ends_with_table:
        session.ends_with_table = True
        atexit.register(show_table, session, build)


def show_table(session: Session, build: Any) -> None:
    """Print the modules that this run built or found up to date; of several kernels, the matrix."""
    if only_looks() or GetOption("silent"):
        return
    done = (SCons.Node.executed, SCons.Node.up_to_date)
    shown = [built for built in session.built if built.module.get_state() in done]
    sizes = module_sizes([built.module.abspath for built in shown])
    # Of a module whose source or object failed, scons leaves the state as it was.
    lost: list[Built | Refused] = [
        made for made in session.built if made.error or made.module.get_state() == SCons.Node.failed
    ]
    lost += [refused for refused in session.refused if refused.module.get_state() == SCons.Node.failed]
    if len({made.release for made in (*shown, *lost)}) > 1:
        lines = _matrix(shown, sizes, lost, Path(build.abspath))
    elif shown:
        rows = [_row(built, *size) for built, size in zip(shown, sizes, strict=True)]
        lines = format_table(rows, shutil.get_terminal_size((100, 24)).columns)
    else:
        return
    try:
        sys.stdout.flush()
        print("\n" + "\n".join(lines), flush=True)
    except BrokenPipeError:
        # Who read it has seen enough; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _matrix(
    shown: Sequence[Built], sizes: Sequence[tuple[int, int]], lost: Sequence[Built | Refused], build: Path
) -> list[str]:
    """Write the page of the matrix, and return its lines for the terminal."""
    cells = [
        Cell(made.name, made.release, text=text, data=data, tested=tested.recall(Path(made.module.abspath)))
        for made, (text, data) in zip(shown, sizes, strict=True)
    ]
    cells += [cell_of(refused.name, refused.release, refused.error) for refused in lost]
    matrix = Matrix(tuple(cells))
    file = build / PAGE
    atomic.write_text(file, page(matrix).replace(f"{Path.cwd()}/", ""))
    return [*format_matrix(matrix), "", f"as a page: {os.path.relpath(file)}"]


def _row(built: Built, text: int, data: int) -> tuple[str, ...]:
    seconds = "-" if built.seconds is None else f"{built.seconds:.2f}"
    fragments = " ".join(built.plan.fragments)
    path = os.path.relpath(built.module.abspath)
    return (built.name, path, str(text), str(data), seconds, fragments)


def module_sizes(paths: Sequence[str]) -> list[tuple[int, int]]:
    """Return the bytes of code and of data (initialised or not) of each module, as `size` counts them."""
    if not paths:
        return []
    done = subprocess.run(["size", *paths], capture_output=True, text=True, check=True)
    counts = [line.split()[:3] for line in done.stdout.splitlines()[1:]]
    return [(int(text), int(data) + int(bss)) for text, data, bss in counts]


def format_table(rows: Sequence[tuple[str, ...]], columns: int) -> list[str]:
    """Lay out `rows` below the heading; the last column wraps within `columns` characters."""
    table = [_HEAD, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(_HEAD) - 1)]
    indent = sum(widths) + 2 * len(widths)
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if 2 <= i <= 4 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        wrapped = textwrap.wrap(row[-1], max(columns - indent, 30)) or [""]
        lines.append("  ".join([*cells, wrapped[0]]).rstrip())
        lines += [" " * indent + part for part in wrapped[1:]]
    return lines
