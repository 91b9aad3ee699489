"""`tapsmith kernels`: which kernels there are to build for, and what of each is here."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tapsmith.commands.columns import columns
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, shown
from tapsmith.kernelcache import cache_dir
from tapsmith.kernels import Kernel, list_kernels

_HEAD = ("name", "release", "headers", "image", "compiler", "BTF", "missing")


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "kernels",
        _run,
        "list the kernels to build for: Debian's, and those on the system and in the cache",
        "tapsmith kernels",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    kernels = list_kernels(cache_dir())
    if options.json:
        print_json({"kernels": [_json(kernel) for kernel in kernels]})
        return 0
    lines = columns([_HEAD, *map(_row, kernels)])
    print(paint(lines[0], "bold", sys.stdout))
    print("\n".join(lines[1:]))
    print("\n* is the default; NAME-arm64 are the same kernels for arm64")
    return 0


def _row(kernel: Kernel) -> tuple[str, ...]:
    compiler = kernel.compiler or "-"
    mend = f": {kernel.mend}" if kernel.mend else ""
    return (
        f"{kernel.name} *" if kernel.is_default else kernel.name,
        kernel.release or "-",
        kernel.where or "-",
        "yes" if kernel.image else "-",
        compiler,
        "yes" if kernel.btf else "-",
        kernel.problem or ", ".join(kernel.missing) + mend,
    )


def _json(kernel: Kernel) -> dict[str, Any]:
    compiler = {"name": kernel.compiler, "found": kernel.has_compiler} if kernel.compiler else None
    return {
        "name": kernel.name,
        "release": kernel.release,
        "default": kernel.is_default,
        "where": kernel.where,
        "headers": shown(kernel.tree) if kernel.tree else None,
        "image": shown(kernel.image) if kernel.image else None,
        "compiler": compiler,
        "btf": kernel.btf,
        "missing": list(kernel.missing),
        "mend": kernel.mend,
        "problem": kernel.problem,
    }
