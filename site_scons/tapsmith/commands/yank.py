"""`tapsmith yank`: a version that nobody should take any more."""

from __future__ import annotations

import argparse

from tapsmith.commands.registries import add_mark, mark
from tapsmith.commands.shared import Subparsers


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_mark(
        subparsers,
        "yank",
        _run,
        "mark a version in a registry as one that nobody should take any more; locks that have it still hold",
        'tapsmith yank maps@1.3.0 --registry main --reason "it loses the last element"',
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, in one line that users see")


def _run(options: argparse.Namespace) -> int:
    return mark(options, options.reason)
