"""Probed symbols, looked up at build where the kernel's tree tells its functions.

A tree with BTF names nearly all functions; an exported symbol is in
`Module.symvers`; the system calls stand in a table of their own; a tracepoint
has a function that calls its handlers.  What is in none of them is refused
with a suggestion, unless `unchecked:` in probe.yaml lists it (assembly,
functions of other modules).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tapsmith import csource
from tapsmith.csource import ProbedSymbol
from tapsmith.diagnostics import Place, Problem, TapsmithError, did_you_mean
from tapsmith.facts import Facts
from tapsmith.resolution import Resolution
from tapsmith.syscalls import entry, system_calls

PLAIN = "sys_"
NAMES = "syscall_names"
"""The fragment with which `sys_open` is a system call, not a function of this name."""

ITERATOR = "__traceiter_"
"""What the function that calls a tracepoint's handlers is named before the tracepoint's name."""


_KNOWN: dict[Path, Known] = {}


@dataclass(frozen=True)
class Known:
    """What can be probed in a kernel; of functions None where only the load will tell."""

    release: str
    functions: frozenset[str] | None
    calls: frozenset[str]


def check_symbols(resolution: Resolution, facts: Facts) -> None:
    """Raise `unknown-symbol` for each function and system call that is probed and not in the kernel.

    Where the tree does not tell, the load does.
    """
    known = _known(facts)
    plain = any(fragment.name == NAMES for fragment in resolution.fragments)
    problems = []
    for source in resolution.probe.sources:
        for found in csource.probed_symbols(source.path.read_text(encoding="utf-8", errors="replace")):
            if found.name not in resolution.probe.unchecked:
                place = Place(source.path, found.line, found.column)
                problems += _check(found, known, plain, place)
    if problems:
        raise TapsmithError(problems)


def exported(facts: Facts) -> frozenset[str]:
    """Return the names that the kernel exports to modules."""
    lines = (facts.target.tree / "Module.symvers").read_text(encoding="ascii").splitlines()
    return frozenset(line.split("\t")[1] for line in lines if line.count("\t") > 1)


def _known(facts: Facts) -> Known:
    """Return what can be probed, read once for each kernel that a run builds for."""
    if facts.directory not in _KNOWN:
        _KNOWN[facts.directory] = _read(facts)
    return _KNOWN[facts.directory]


def _read(facts: Facts) -> Known:
    functions = facts.functions()
    calls = system_calls(facts.target.tree, facts.config)
    if functions is not None:
        # Type information has a call without parameters under another name.
        functions |= exported(facts) | {entry(call, facts.config) for call in calls}
    return Known(facts.target.release, functions, calls)


def _check(found: ProbedSymbol, known: Known, plain: bool, place: Place) -> list[Problem]:
    """Return what is wrong with one symbol."""
    if found.kind == "tracepoint":
        return _check_tracepoint(found, known, place)
    call = found.name.removeprefix(PLAIN)
    is_plain = found.name.startswith(PLAIN) and found.kind == "function"
    # In its plain form it means all ways to open, so it is known where the call itself is not (arm64).
    calls = known.calls | {"open"} if known.calls and is_plain else known.calls
    if is_plain and not plain and call in calls:
        mend = f"add `{NAMES}: ^1.0` to needs in probe.yaml, then it means the system call `{call}`"
        return [_unknown("function", found.name, known, place, mend)]
    if found.kind == "syscall" or (is_plain and plain):
        if not calls or call in calls:
            return []
        written = PLAIN if is_plain else ""
        near = did_you_mean(written + call, {written + name for name in calls})
        mend = near or "the table of system calls in that kernel's tree has them all"
        return [_unknown("system call", found.name, known, place, mend)]
    if known.functions is None or found.name in known.functions:
        return []
    near = did_you_mean(found.name, known.functions) or "look it up in /proc/kallsyms of that kernel"
    mend = f"{near} (if it is in assembly or in another module, list it in probe.yaml under `unchecked`)"
    return [_unknown("function", found.name, known, place, mend)]


def _check_tracepoint(found: ProbedSymbol, known: Known, place: Place) -> list[Problem]:
    """Return what is wrong with the name of a tracepoint; without type information the load tells."""
    if known.functions is None or ITERATOR + found.name in known.functions:
        return []
    names = {name.removeprefix(ITERATOR) for name in known.functions if name.startswith(ITERATOR)}
    mend = did_you_mean(found.name, names) or "those it has are in its /sys/kernel/tracing/available_events"
    return [_unknown("tracepoint", found.name, known, place, mend)]


def _unknown(kind: str, name: str, known: Known, place: Place, mend: str) -> Problem:
    message = f"kernel {known.release} has no {kind} `{name}` to probe"
    return Problem("unknown-symbol", message, place, mend=mend)
