"""What commands print: progress on standard error, JSON for programs, colour for people at terminals."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from tapsmith.commands.shared import shown
from tapsmith.diagnostics import Problem, TapsmithError

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def say(message: str) -> None:
    """Tell the user what goes on; standard output is left to what was asked for."""
    print(f"tapsmith: {message}", file=sys.stderr, flush=True)


def counted(number: int, what: str) -> str:
    """Return a number of things, as people say it: `1 fragment`, `2 fragments`."""
    return f"{number} {what}{'s' if number != 1 else ''}"


def print_json(value: Any) -> None:
    """Print a value of dicts, lists, texts and numbers, keys in the order given."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_error(error: TapsmithError, as_json: bool = False) -> None:
    """Print what is wrong: for people on standard error, for programs as JSON on standard output."""
    if as_json:
        print_json({"errors": [problem_json(problem) for problem in error.problems]})
        return
    for problem in error.problems:
        print_problem(problem, sys.stderr)


def print_problem(problem: Problem, stream: TextIO) -> None:
    """Print a problem for people, its severity in colour."""
    word = f"{problem.severity}:"
    style = "red" if problem.severity == "error" else "yellow"
    print(str(problem).replace(word, paint(word, style, stream), 1), file=stream)


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON has it; what is unknown is null."""
    place = problem.place
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "file": shown(place.file) if place else None,
        "line": place.line or None if place else None,
        "column": place.column or None if place else None,
        "mend": problem.mend,
        "detail": problem.detail,
    }


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """Return `text` in a style (bold, dim, red, green, yellow, cyan), plain where `stream` is no terminal.

    The stream is standard output if none is given; NO_COLOR and TERM=dumb turn styles off.
    """
    on_terminal = (stream or sys.stdout).isatty()
    if not on_terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\033[{_STYLES[style]}m{text}\033[0m"
