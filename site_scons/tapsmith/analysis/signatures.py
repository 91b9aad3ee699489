"""How what a fragment exports is called: the heads of functions and macros, as a caller sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tapsmith.analysis.ctokens import Unit
from tapsmith.analysis.kerneldoc import kernel_docs
from tapsmith.analysis.sources import read_units
from tapsmith.csource import strip_comments
from tapsmith.manifest import Export, Fragment

# What a declaration begins with that is no business of the caller.
_WORDS = re.compile(
    r"\b(?:static|inline|noinline|__always_inline|notrace|nokprobe_inline|__maybe_unused|__must_check|__cold"
    r"|__printf\s*\([^()]*\)|__attribute__\s*\(\([^()]*(?:\([^()]*\))?\)\))\s*"
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", re.MULTILINE)
# The runtime's own last parameter, which a macro of the function's name passes.
_PASSED = re.compile(r",?\s*\bconst struct _stp_here here\b")


@dataclass(frozen=True)
class Offer:
    """An export with how it is called (a type's name is all there is to it), and its comment's first line."""

    export: Export
    signature: str
    summary: str


def offers(fragment: Fragment) -> tuple[Offer, ...]:
    """Return what a fragment exports, in the manifest's order; TapsmithError as `read_units`."""
    files = read_units(fragment)
    heads = signatures(files)
    docs = {doc.name: doc.summary for unit in files for doc in kernel_docs(unit.text)}
    return tuple(
        Offer(export, heads.get(export.name, export.name), docs.get(export.name, ""))
        for export in fragment.exports
    )


def signatures(files: Sequence[Unit]) -> Mapping[str, str]:
    """Return the head of each function and macro that the files define, by its name, in one line."""
    found: dict[str, str] = {}
    for unit in files:
        code = strip_comments(unit.text)
        for function in unit.functions:
            if function.kind == "function":
                found.setdefault(function.name, _function(code, function.name, function.at))
        for function in unit.functions:
            if function.kind == "macro":
                found.setdefault(function.name, _macro(code, function.name, function.at))
    return found


def _function(code: str, name: str, at: int) -> str:
    """Return return type, name and parameters of the function whose name is at an offset."""
    before = _DIRECTIVE.sub(lambda line: ";" + " " * (len(line[0]) - 1), code[:at])
    start = max(before.rfind(mark) for mark in ";{}") + 1
    head = f"{before[start:]}{name}{_parenthesis(code, at + len(name))}"
    return " ".join(_PASSED.sub("", _WORDS.sub("", head)).split()).replace(" ,", ",").replace(" )", ")")


def _macro(code: str, name: str, at: int) -> str:
    """Return name and parameters of a macro; of one without parameters, the name."""
    after = at + len(name)
    return " ".join((name + (_parenthesis(code, after) if code[after : after + 1] == "(" else "")).split())


def _parenthesis(code: str, start: int) -> str:
    """Return what stands from `start` to the parenthesis that closes the first one there."""
    depth = 0
    for offset in range(start, len(code)):
        depth += (code[offset] == "(") - (code[offset] == ")")
        if not depth and code[offset] == ")":
            return code[start : offset + 1]
    return code[start:]
