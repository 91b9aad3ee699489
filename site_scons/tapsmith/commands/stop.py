"""`tapsmith stop`: the end of a run from outside, or of a module that a killed runner left."""

from __future__ import annotations

import argparse

from tapsmith.commands.run import find_module, refused
from tapsmith.commands.shared import Subparsers, add_command, add_probe
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.running.claims import find, loaded
from tapsmith.running.main import add_forms, stop_modules
from tapsmith.running.system import System


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "stop",
        _run,
        "end a probe that runs, or unload what a killed `tapsmith run` left",
        "sudo tapsmith stop fileio",
    )
    add_probe(parser, optional=True)
    parser.add_argument("--all", action="store_true", help="all that `tapsmith list` shows")
    add_forms(parser)


def _run(options: argparse.Namespace) -> int:
    try:
        return _stop(options)
    except TapsmithError as error:
        return refused(error, options)


def _stop(options: argparse.Namespace) -> int:
    if options.all:
        if options.probe:
            raise fail("bad-option", "`--all` needs no probe", mend="leave one of the two out")
        return stop_modules([one.claim.module for one in loaded(System())], {}, options)
    # What is loaded counts, wherever the probe may be.
    if options.probe and find(System(), options.probe):
        return stop_modules([options.probe], {}, options)
    file = find_module(options.probe)
    return stop_modules([file.name], {file.name: file}, options)
