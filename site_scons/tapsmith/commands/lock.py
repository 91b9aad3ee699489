"""`tapsmith lock`: write down what probes are built of."""

from __future__ import annotations

import argparse

from tapsmith.commands.locks import add_probes, find_probes, relock, show
from tapsmith.commands.shared import Subparsers, add_command, add_json


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    lock = add_command(
        subparsers,
        "lock",
        _run,
        "write down which fragments probes are built of, keeping what is locked where it still goes",
        "tapsmith lock fileio",
    )
    add_probes(lock)
    add_json(lock)


def _run(options: argparse.Namespace) -> int:
    show(relock(find_probes(options.probes)), options.json)
    return 0
