"""Calls from where nothing may sleep to what may: a handler, the probe's functions, one too many.

    on_read -> forget -> _stp_map_del (process)

The graph is of tokens, not of the compiler's: so it needs no kernel, and its
places are those of the probe's own lines.  (`-fcallgraph-info` comes after
inlining, when half of the functions are gone; a dump of GIMPLE is whole, but of
expanded macros.  A test compares the two, for all shipped probes.)  It follows direct
calls, macros of the probe, and functions given to a few helpers that call them
at once, such as sort().  It does not see calls through other pointers, nor
values of variables that decide (`kmalloc(n, flags)`), nor that a branch is
never taken in a handler.

An export's context is the manifest's; of a macro, its kernel-doc's.  What is
`handler` may be called from process context as well: the word says how little
is enough, so only `process` is held against a handler here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tapsmith.analysis.ctokens import Function, Token, Unit, arguments, is_member
from tapsmith.analysis.declarations import locals_of
from tapsmith.analysis.handlers import handlers
from tapsmith.analysis.kerneldoc import kernel_docs
from tapsmith.analysis.sleeping import PROCESS_MEND, Reason, reason_against
from tapsmith.analysis.sources import read_units
from tapsmith.diagnostics import Place, Problem
from tapsmith.manifest import Fragment
from tapsmith.resolution import Resolution

# They call a function that they are given before they return.
_HELPERS = frozenset(
    (
        *("sort", "sort_r", "list_sort", "bsearch", "idr_for_each", "task_call_func"),
        *("for_each_kernel_tracepoint", "kallsyms_on_each_symbol", "iterate_fd", "bus_for_each_dev"),
    )
)


@dataclass(frozen=True)
class Call:
    """A call in a function or macro: the name, where, and the words of each argument."""

    name: str
    place: Place
    arguments: tuple[tuple[str, ...], ...] = ()


def check_contexts(resolution: Resolution, files: Sequence[Unit]) -> list[Problem]:
    """Return a finding for each call that leads from a handler of the probe to what may sleep."""
    graph = call_graph(files)
    against = {
        name: Reason("process", PROCESS_MEND)
        for name, context in contexts(resolution.fragments).items()
        if context == "process" and name not in graph
    }
    found: dict[Place, Problem] = {}
    for handler in handlers(files):
        for chain, reason in forbidden(handler.name, graph, against):
            what = f"is {handler.what} and may not sleep"
            found.setdefault(chain[-1].place, problem_of(handler.name, what, chain, reason))
    return [found[place] for place in sorted(found)]


def contexts(fragments: Sequence[Fragment]) -> Mapping[str, str]:
    """Return the context of each exported function, and of each exported macro that documents one."""
    found = {e.name: e.context for f in fragments for e in f.exports if e.context}
    for fragment in fragments:
        macros = {export.name for export in fragment.exports if export.kind == "macro"}
        for unit in read_units(fragment) if macros else ():
            for doc in kernel_docs(unit.text):
                if doc.name in macros and doc.context:
                    found.setdefault(doc.name, doc.context)
    return found


def call_graph(files: Sequence[Unit]) -> Mapping[str, tuple[Call, ...]]:
    """Return what each function and macro of the files calls, in the order of the text."""
    macros = frozenset().union(*(unit.macros for unit in files))
    functions = frozenset(function.name for unit in files for function in unit.functions)
    graph: dict[str, tuple[Call, ...]] = {}
    for unit in files:
        for function in unit.functions:
            calls = tuple(_calls(unit, function, functions, macros))
            graph[function.name] = (*graph.get(function.name, ()), *calls)
    return graph


def _calls(
    unit: Unit, function: Function, functions: frozenset[str], macros: frozenset[str]
) -> Iterator[Call]:
    tokens, hidden = function.body, locals_of(function)
    for index, token in enumerate(tokens):
        if not token.is_name or is_member(tokens, index) or token.text in hidden:
            continue
        if index + 1 < len(tokens) and tokens[index + 1].text == "(":
            given = arguments(tokens, index + 1)
            yield Call(token.text, unit.place(token.offset), tuple(_words(part) for part in given))
            if token.text in _HELPERS:
                for part in given:
                    yield from _given(unit, part, functions)
        elif token.text in macros or (function.kind == "macro" and token.text in functions):
            # A macro may choose among functions by a type, and call them by another name.
            yield Call(token.text, unit.place(token.offset))


def _given(unit: Unit, part: Sequence[Token], functions: frozenset[str]) -> Iterator[Call]:
    """Give the call of a function whose name alone is an argument."""
    names = [token for token in part if token.is_name]
    if len(names) == 1 and names[0].text in functions:
        yield Call(names[0].text, unit.place(names[0].offset))


def _words(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(token.text for token in tokens if token.is_name)


def forbidden(
    start: str, graph: Mapping[str, tuple[Call, ...]], against: Mapping[str, Reason]
) -> Iterator[tuple[tuple[Call, ...], Reason]]:
    """Give the shortest chain of calls from `start` to each call of what may sleep."""
    chains: list[tuple[Call, ...]] = [()]
    seen = {start}
    for chain in chains:
        for call in graph.get(chain[-1].name if chain else start, ()):
            reason = against.get(call.name)
            if call.name not in graph:
                reason = reason or reason_against(call.name, call.arguments)
            if reason:
                yield (*chain, call), reason
            elif call.name in graph and call.name not in seen:
                seen.add(call.name)
                chains.append((*chain, call))


def problem_of(start: str, what: str, chain: Sequence[Call], reason: Reason) -> Problem:
    """Return the finding for a chain of calls; `what` says why nothing may sleep there."""
    names = " -> ".join([start, *(call.name for call in chain)])
    callers = [start, *(call.name for call in chain[:-1])]
    steps = [f"  {call.place}: {by} calls {call.name}" for by, call in zip(callers, chain, strict=True)]
    message = f"{names} ({reason.why}), but {start} {what}"
    return Problem(
        "sleeps-on-rt" if reason.rt else "sleeps-in-handler",
        message,
        chain[-1].place,
        reason.mend,
        "\n".join(steps) if len(steps) > 1 else None,
        severity="warning" if reason.rt else "error",
    )
