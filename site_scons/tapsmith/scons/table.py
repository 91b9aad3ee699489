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
    rows = [_row(built) for built in session.built if built.module.get_state() in done]
    if rows:
        sys.stdout.flush()
        print("\n" + "\n".join(format_table(rows, shutil.get_terminal_size((100, 24)).columns)), flush=True)


def _row(built: Built) -> tuple[str, ...]:
    text, data = module_size(built.module.abspath)
    seconds = f"{sum(built.seconds.values()):.2f}" if built.seconds else "-"
    fragments = " ".join(fragment.name for fragment in built.resolution.fragments)
    return (built.resolution.probe.name, os.path.relpath(built.module.abspath), str(text), str(data), seconds, fragments)


def module_size(path: str) -> tuple[int, int]:
    """Return the bytes of code and of data (initialised or not) of the module at `path`, as `size` counts them."""
    done = subprocess.run(["size", path], capture_output=True, text=True, check=True)
    text, data, bss = (int(field) for field in done.stdout.splitlines()[1].split()[:3])
    return text, data + bss


def format_table(rows: Sequence[tuple[str, ...]], columns: int) -> list[str]:
    """Lay out `rows` below the heading; the last column wraps within `columns` characters."""
    table = [_HEAD, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(_HEAD) - 1)]
    indent = sum(widths) + 2 * len(widths)
    lines = []
    for row in table:
        cells = [cell.rjust(width) if 2 <= i <= 4 else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths, strict=False))]
        wrapped = textwrap.wrap(row[-1], max(columns - indent, 30)) or [""]
        lines.append("  ".join([*cells, wrapped[0]]).rstrip())
        lines += [" " * indent + part for part in wrapped[1:]]
    return lines
