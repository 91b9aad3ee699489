"""`tapsmith unyank`: a yank taken back."""

from __future__ import annotations

import argparse

from tapsmith.commands.registries import add_mark, mark
from tapsmith.commands.shared import Subparsers


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    add_mark(subparsers, "unyank", _run, "take a yank back", "tapsmith unyank maps@1.3.0 --registry main")


def _run(options: argparse.Namespace) -> int:
    return mark(options, None)
