"""The table that ends a build: one row a module."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence

import SCons.Node
from SCons.Script import GetOption

from tapsmith.scons.session import Built, Session

_HEAD = ("probe", "module", "text", "data", "seconds", "fragments")


def show_table(session: Session) -> None:
    """Print the modules that this run built or found up to date."""
    if GetOption("clean") or GetOption("no_exec") or GetOption("silent") or GetOption("question"):
        return
    done = (SCons.Node.executed, SCons.Node.up_to_date)
    shown = [built for built in session.built if built.module.get_state() in done]
    if shown:
        sizes = module_sizes([built.module.abspath for built in shown])
        rows = [_row(built, *size) for built, size in zip(shown, sizes, strict=True)]
        sys.stdout.flush()
        print("\n" + "\n".join(format_table(rows, shutil.get_terminal_size((100, 24)).columns)), flush=True)


def _row(built: Built, text: int, data: int) -> tuple[str, ...]:
    seconds = f"{sum(built.seconds.values()):.2f}" if built.seconds else "-"
    fragments = " ".join(fragment.name for fragment in built.resolution.fragments)
    path = os.path.relpath(built.module.abspath)
    return (built.resolution.probe.name, path, str(text), str(data), seconds, fragments)


def module_sizes(paths: Sequence[str]) -> list[tuple[int, int]]:
    """Return the bytes of code and of data (initialised or not) of each module, as `size` counts them."""
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
