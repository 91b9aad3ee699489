"""`tapsmith list`: the modules that are loaded, since when and by whom."""

from __future__ import annotations

import argparse

from tapsmith.commands.shared import Subparsers, add_command, add_json
from tapsmith.running.claims import loaded
from tapsmith.running.main import listing
from tapsmith.running.system import System


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "list",
        _run,
        "list the modules that `tapsmith run` has loaded",
        "tapsmith list --json",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    print(listing(loaded(System()), options.json))
    return 0
