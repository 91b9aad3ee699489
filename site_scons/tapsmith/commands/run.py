"""`tapsmith run`: a probe in the running kernel."""

from __future__ import annotations

import argparse
from pathlib import Path

from tapsmith.commands.output import print_error
from tapsmith.commands.shared import Subparsers, add_command, add_probe, find_probe, project_root, shown
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.running.main import add_options, error_line, run_module, status_of
from tapsmith.running.module_file import ModuleFile, read_module
from tapsmith.running.system import System


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "run",
        _run,
        "load a built probe into the running kernel, print what it says, unload it",
        "sudo tapsmith run fileio --duration 10s",
    )
    add_probe(parser, optional=True)
    add_options(parser)


def _run(options: argparse.Namespace) -> int:
    try:
        return run_module(find_module(options.probe), options)
    except TapsmithError as error:
        return refused(error, options)


def refused(error: TapsmithError, options: argparse.Namespace) -> int:
    """Print why there is no run, or none to its end, and return the exit status."""
    if options.json:
        print(error_line(error), flush=True)
    else:
        print_error(error)
    return status_of(error)


def find_module(probe: str | None) -> ModuleFile:
    """Return the module of a probe for the running kernel, or the one in a file that ends in `.ko`.

    Nothing is built here: who may load modules is root, whose files in a tree are in everybody's way.
    Raises TapsmithError: not-built, and what `find_probe` and `read_module` raise.
    """
    if probe and probe.endswith(".ko"):
        return read_module(Path(probe))
    name = find_probe(probe).resolve().name
    release = System().release
    path = project_root() / "build" / release / name / f"{name}.ko"
    if not path.is_file():
        mend = f"`./sconsw {name} KERNEL={release}` builds it, without root"
        raise fail("not-built", f"there is no {shown(path)}", mend=mend)
    signed = path.parent / "signed" / path.name
    return read_module(signed if signed.is_file() else path)
