"""Options of a run, and what comes of them: the same for `tapsmith run` and for a bundle."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tapsmith.diagnostics import Problem, TapsmithError, fail
from tapsmith.running import outcome
from tapsmith.running.checks import check, check_rights
from tapsmith.running.claims import Loaded, find
from tapsmith.running.kernel_calls import KernelCalls
from tapsmith.running.kmsg import KernelLog
from tapsmith.running.module_file import ModuleFile, read_module
from tapsmith.running.session import Place, Wish, run
from tapsmith.running.stopping import stop
from tapsmith.running.system import System
from tapsmith.running.writers import CsvWriter, JsonWriter, TextWriter, Writer

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|)")
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}
_STATUSES = {
    "load-failed": outcome.LOAD_FAILED,
    "unload-failed": outcome.UNLOAD_FAILED,
    "bad-records": outcome.LOST,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of a run."""
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the module; may be given again",
    )
    parser.add_argument(
        "--duration", metavar="TIME", help="how long: 500ms, 10s, 2m, 1h (default: until Ctrl-C)"
    )
    parser.add_argument(
        "-c", dest="command", help="a shell command to run meanwhile; the run ends when it does"
    )
    add_forms(parser)


def add_forms(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options that choose the form of the output."""
    forms = parser.add_mutually_exclusive_group()
    help_text = "print {}, for programs; what the command prints goes to standard error"
    forms.add_argument("--json", action="store_true", help=help_text.format("a JSON object a line"))
    forms.add_argument("--csv", action="store_true", help=help_text.format("CSV"))


def run_module(module: ModuleFile, options: argparse.Namespace) -> int:
    """Run a module as the options say.  Raises what `check` finds, and what `run` raises."""
    wish = Wish(
        parameters=parse_parameters(options.param),
        duration_s=parse_duration(options.duration) if options.duration else None,
        command=options.command,
        quiet=options.json or options.csv,
    )
    system = System()
    _refuse(check(module, wish.parameters, system))
    with KernelLog.open() as log:
        place = Place(system, KernelCalls(), log)
        status = run(module, wish, place, writer_for(options, module.parameters))
    if status == outcome.READER_GONE:
        # Python would complain of the lost reader once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def writer_for(options: argparse.Namespace, parameters: Mapping[str, str]) -> Writer:
    """Return what prints in the form that the options choose."""
    if options.json:
        return JsonWriter(sys.stdout)
    if options.csv:
        return CsvWriter(sys.stdout)
    return TextWriter(sys.stdout, sys.stderr, parameters)


def status_of(error: TapsmithError) -> int:
    """Return the exit status of a run that was refused, or did not come to its end."""
    return _STATUSES.get(error.codes[0], outcome.REFUSED)


def error_line(error: TapsmithError) -> str:
    """Return the JSON line by which a program is told."""
    return json.dumps(
        {"type": "error", "errors": [_problem(one) for one in error.problems]}, ensure_ascii=False
    )


def parse_parameters(words: Sequence[str]) -> Mapping[str, str]:
    """Return the parameters that words NAME=VALUE give.  Raises TapsmithError: bad-option."""
    wrong = [word for word in words if not re.match(r"\w+=", word)]
    if wrong:
        raise fail("bad-option", f"`{wrong[0]}` is not NAME=VALUE", mend="as in --param PROCESSES=5000")
    return dict(word.split("=", 1) for word in words)


def parse_duration(text: str) -> float:
    """Return a duration in seconds.  Raises TapsmithError: bad-option."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise fail("bad-option", f"`{text}` is no duration", mend="as in 500ms, 10s, 2m, 1h")
    return float(found[1]) * _UNITS[found[2]]


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "file": str(place.file) if place else None,
        "line": place.line or None if place else None,
        "column": place.column or None if place else None,
        "mend": problem.mend,
        "detail": problem.detail,
    }


def stop_modules(names: Sequence[str], files: Mapping[str, ModuleFile], options: argparse.Namespace) -> int:
    """Stop modules one after the other; `files` are those known, by name.  Raises as `stop` and `check`."""
    _refuse(tuple(check_rights(System())))
    status = outcome.ENDED
    for name in names:
        file = files.get(name) or _claimed_file(name)
        with KernelLog.open() as log:
            place = Place(System(), KernelCalls(), log)
            found = stop(name, file, place, writer_for(options, file.parameters if file else {}))
        status = status or found
    return status


def listing(modules: Sequence[Loaded], as_json: bool) -> str:
    """Return the list of modules, as a table or JSON."""
    if as_json:
        return json.dumps({"modules": [_listed(one) for one in modules]}, indent=2)
    rows = [("module", "since", "process", "held by", "state")]
    rows += [
        (
            one.claim.module,
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.claim.since)),
            str(one.claim.pid) if one.alive else f"{one.claim.pid} (killed)",
            "?" if one.references is None else str(one.references),
            one.state,
        )
        for one in modules
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise TapsmithError(problems)


def _listed(one: Loaded) -> dict[str, Any]:
    return {**asdict(one.claim), "alive": one.alive, "references": one.references, "state": one.state}


def _claimed_file(name: str) -> ModuleFile | None:
    """Return the file that a runner loaded, if it is still there."""
    found = find(System(), name)
    try:
        return read_module(Path(found.claim.path)) if found else None
    except TapsmithError:
        return None
