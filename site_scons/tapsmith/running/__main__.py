"""The runner alone: `python3 -m tapsmith.running run FILE.ko`, `list`, `stop NAME`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tapsmith.diagnostics import TapsmithError
from tapsmith.running.claims import loaded
from tapsmith.running.main import (
    add_forms,
    add_options,
    error_line,
    listing,
    run_module,
    status_of,
    stop_modules,
)
from tapsmith.running.module_file import read_module
from tapsmith.running.system import System


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the three, and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.what == "run":
            return run_module(read_module(options.file), options)
        if options.what == "stop":
            return stop_modules(options.names, {}, options)
        print(listing(loaded(System()), options.json))
        return 0
    except TapsmithError as error:
        if options.json:
            print(error_line(error), flush=True)
        else:
            print(error, file=sys.stderr)
        return status_of(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tapsmith.running", description="Run modules.")
    parts = parser.add_subparsers(dest="what", required=True)
    run = parts.add_parser("run", help="load a module, print what it says, unload it")
    run.add_argument("file", type=Path)
    add_options(run)
    stop = parts.add_parser("stop", help="end runs, and unload what killed ones left")
    stop.add_argument("names", nargs="+")
    add_forms(stop)
    parts.add_parser("list", help="list what is loaded").add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
