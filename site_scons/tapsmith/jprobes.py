"""What a jprobe's handler may take, looked up at its definition.

A handler is called with the first six argument registers, and the compiler
cannot see it: `.entry` holds a plain pointer.  So each parameter must be one
that a register of these holds whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tapsmith import csource
from tapsmith.csource import Mention
from tapsmith.diagnostics import Place
from tapsmith.document import Report

REGISTERS = 6
_MEND = "take the parameters before it, or write a kprobe's handler and ask _stp_arg(regs, {})"
_VALUE = "take a pointer, or leave out the parameters from this one on"

_HANDLER = re.compile(
    r"\bJPROBE_ENTRY\s*\(\s*&?\s*(\w+)\s*\)|(?:\.|->)\s*entry\s*=\s*(?:\([^()]*\)\s*)*&?\s*(\w+)\b(?!\s*\()",
    re.ASCII,
)
_POINTER = re.compile(r"[*[(]")
_FLOAT = re.compile(r"\b(float|double)\b", re.ASCII)
_STRUCTURE = re.compile(r"\b(struct|union)\b", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """A parameter that a handler cannot have."""

    parameter: Mention
    reason: str
    mend: str


def check_jprobes(texts: Mapping[Path, str], report: Report) -> None:
    """Report each parameter of a jprobe's handler that it would not be given."""
    for handler in sorted({name for text in texts.values() for name in handlers(text)}):
        for path, text in texts.items():
            for fault in faults(csource.parameters(text, handler)):
                message = f"the jprobe's handler {handler} takes `{fault.parameter.name}`, {fault.reason}"
                place = Place(path, fault.parameter.line, fault.parameter.column)
                report.add("jprobe-parameter", message, place, fault.mend)


def handlers(text: str) -> frozenset[str]:
    """Return the functions that `text` names as the entry of a jprobe."""
    found = _HANDLER.finditer(csource.strip_literals(text))
    return frozenset(match[1] or match[2] for match in found)


def faults(parameters: tuple[Mention, ...]) -> Iterator[Fault]:
    """Give each parameter that is of no fitting type, up to the first that has no register."""
    for index, parameter in enumerate(parameters):
        name = parameter.name
        if index == REGISTERS:
            reason = f"its {index + 1}th parameter, and is given only {REGISTERS}"
            yield Fault(parameter, reason, _MEND.format(index))
            return
        if name == "...":
            yield Fault(parameter, "of which it would know neither number nor types", "name each parameter")
        elif not _POINTER.search(name) and (kind := _FLOAT.search(name)):
            yield Fault(parameter, f"a {kind[1]}, which no handler is given", _VALUE)
        elif not _POINTER.search(name) and (kind := _STRUCTURE.search(name)):
            yield Fault(parameter, f"a {kind[1]} by value, which is not in one register", _VALUE)
