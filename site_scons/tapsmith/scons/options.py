"""The tool's own options on scons' command line."""

from __future__ import annotations

import os

from SCons.Script import AddOption, GetOption, Main

_HELP = "refuse a probe whose lock is missing or stale; a run under CI does anyway"


def add_options() -> None:
    """Declare the options, unless another environment of this run has done it."""
    try:
        GetOption("frozen")
    except AttributeError:
        AddOption("--frozen", dest="frozen", action="store_true", default=False, help=_HELP)


def is_frozen() -> bool:
    """Tell whether locks have to hold: with --frozen, and where the variable CI says so."""
    under_ci = os.environ.get("CI", "").strip().lower() not in ("", "0", "false")
    return bool(GetOption("frozen")) or under_ci


def keep_going() -> None:
    """Let scons go on after a failure, as `-k` does; SetOption does not offer this one."""
    Main.OptionsParser.values.keep_going = True
