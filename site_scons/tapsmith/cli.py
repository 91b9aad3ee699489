"""The command `tapsmith`: assembles the subcommands, and turns what they raise into an exit status."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tapsmith import __version__
from tapsmith.commands.output import print_error
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.network import offline

COMMANDS = (
    "new",
    "add",
    "remove",
    "lock",
    "update",
    "outdated",
    "fetch",
    "vendor",
    "mirror",
    "export",
    "verify",
    "search",
    "info",
    "tree",
    "why",
    "why-not",
    "graph",
    "resolve",
    "pack",
    "publish",
    "yank",
    "unyank",
    "sign",
    "check",
    "sbom",
    "package",
    "bundle",
    "doctor",
    "kernels",
    "fetch-kernel",
    "capabilities",
    "try",
    "test",
    "run",
    "list",
    "stop",
    "host",
    "schema",
    "completion",
)
"""The subcommands, each in a module of `commands`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, the workload's, or 2 for a mistake."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character shows another: that is no reason to stop.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = sys.argv[1:] if arguments is None else arguments
    options = build_parser(words[0] if words else None).parse_args(words)
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


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of all subcommands; the options it gives have `run` and `parser`.

    Of a subcommand that is named only its own module is imported: to read all takes longer than most
    of them run.
    """
    parser = argparse.ArgumentParser(prog="tapsmith", description="Probes, fragments and modules.")
    parser.add_argument("--version", action="version", version=f"tapsmith {__version__}")
    parser.set_defaults(parser=parser)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    # Completion is about all of them.
    alone = command in COMMANDS and command != "completion"
    for name in (command,) if command and alone else COMMANDS:
        module = "try_" if name == "try" else name.replace("-", "_")
        import_module(f"tapsmith.commands.{module}").add_to(subparsers)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
