"""The command `tapsmith`: assembles the subcommands, and turns what they raise into an exit status."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tapsmith import __version__
from tapsmith.commands import (
    add,
    check,
    completion,
    fetch,
    graph,
    host,
    info,
    lock,
    new,
    outdated,
    pack,
    publish,
    remove,
    resolve,
    schema,
    search,
    tree,
    try_,
    unyank,
    update,
    vendor,
    verify,
    why,
    why_not,
    yank,
)
from tapsmith.commands.output import print_error
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.network import offline

COMMANDS = (
    new,
    add,
    remove,
    lock,
    update,
    outdated,
    fetch,
    vendor,
    verify,
    search,
    info,
    tree,
    why,
    why_not,
    graph,
    resolve,
    pack,
    publish,
    yank,
    unyank,
    check,
    try_,
    host,
    schema,
    completion,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, the workload's, or 2 for a mistake."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character shows another: that is no reason to stop.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    options = build_parser().parse_args(arguments)
    try:
        with offline(options.offline):
            status: int = options.run(options)
        sys.stdout.flush()
        return status
    except TapsmithError as error:
        print_error(error, as_json=getattr(options, "json", False))
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read it has seen enough; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        # What nothing foresaw: the current directory is gone, say, or a file may not be read.
        where = f"{error.filename}: " if error.filename else ""
        mend = "see whether the file or directory is there, and who may use it"
        refusal = fail("system-error", f"{where}{error.strerror or error}", mend=mend)
        print_error(refusal, as_json=getattr(options, "json", False))
        return 2


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all subcommands; the options it gives have `run` and `parser`."""
    parser = argparse.ArgumentParser(prog="tapsmith", description="Probes, fragments and modules.")
    parser.add_argument("--version", action="version", version=f"tapsmith {__version__}")
    parser.set_defaults(parser=parser)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(subparsers)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
