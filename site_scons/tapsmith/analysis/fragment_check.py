"""A fragment's manifest against its C.

- What the manifest exports is defined in the sources.
- What is public is exported: that has a kernel-doc comment, or is a function or
  macro whose name does not begin with an underscore.
- Each exported function has a comment, with the manifest's context and the
  definition's parameters.
- What may be called in a handler leads, over any number of calls, to nothing
  that may sleep.  (See `contexts` for what such a chain does not show.)
- The macros that `handlers` names exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tapsmith.analysis.contexts import call_graph, contexts, forbidden, problem_of
from tapsmith.analysis.ctokens import Unit
from tapsmith.analysis.declarations import constants, defined_types, parameter_names
from tapsmith.analysis.kerneldoc import KernelDoc, kernel_docs
from tapsmith.analysis.sleeping import PROCESS_MEND, Reason
from tapsmith.analysis.sources import read_units
from tapsmith.diagnostics import Place, Problem, did_you_mean
from tapsmith.inlining import NONE
from tapsmith.library import Library
from tapsmith.manifest import Export, Fragment
from tapsmith.words import CONTEXTS

# What the generated code passes along, which is no business of the caller.
_PASSED = ("...", "here")


def check_fragment(fragment: Fragment, library: Library) -> tuple[Problem, ...]:
    """Return every finding, in the order of places.  TapsmithError as `checks.headers`."""
    files = read_units(fragment)
    found = [*_missing(fragment, files), *_unlisted(fragment, files), *_hooks(fragment, files)]
    for unit in files:
        for doc in kernel_docs(unit.text):
            found += _disagreeing(fragment, unit, doc, files)
    found += _undocumented(fragment, files)
    found += _sleeping(fragment, library)
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: problem.place or Place(Path())))


def _defined(files: Sequence[Unit]) -> Mapping[str, frozenset[str]]:
    """Return what the files define, by kind of export."""
    functions = {f.name for unit in files for f in unit.functions if f.kind == "function"}
    macros = frozenset().union(*(unit.macros for unit in files))
    types = frozenset().union(*(defined_types(unit) for unit in files))
    enums = frozenset().union(*(constants(unit) for unit in files))
    return {"function": frozenset(functions), "macro": macros | enums, "type": (types - enums) | macros}


def _missing(fragment: Fragment, files: Sequence[Unit]) -> Iterator[Problem]:
    defined = _defined(files)
    for export in fragment.exports:
        if export.name not in defined[export.kind]:
            message = f"`{fragment.name}` exports the {export.kind} {export.name}, which its C lacks"
            mend = (
                did_you_mean(export.name, defined[export.kind]) or f"define {export.name}, or drop the export"
            )
            yield Problem("missing-export", message, export.place, mend)


def _unlisted(fragment: Fragment, files: Sequence[Unit]) -> Iterator[Problem]:
    known = {export.name for export in fragment.exports}
    known |= {name for macro in fragment.config for name in (macro.name, *macro.constants)}
    # The generated code names these.
    known |= {*vars(fragment.hooks).values(), *(macro for _, macro in fragment.handlers)}
    for unit in files:
        for doc in kernel_docs(unit.text):
            if doc.name not in known:
                message = f"{doc.name} has a kernel-doc comment, but {fragment.label} does not export it"
                mend = "list it under `exports`, or begin its comment with /*"
                yield Problem("unlisted-export", message, unit.place(doc.offset), mend)
        documented = {doc.name for doc in kernel_docs(unit.text)}
        for function in unit.functions:
            if not function.name.startswith("_") and function.name not in known | documented:
                message = f"the {function.kind} {function.name} is named as a public one, but not exported"
                mend = f"list it under `exports` in {fragment.label}, or begin its name with an underscore"
                yield Problem("unlisted-export", message, unit.place(function.at), mend)


def _hooks(fragment: Fragment, files: Sequence[Unit]) -> Iterator[Problem]:
    functions = {function.name for unit in files for function in unit.functions}
    for key, name in vars(fragment.hooks).items():
        if name and name not in functions:
            message = f"fragment `{fragment.name}` has the hook {name}, which its C lacks"
            yield Problem("missing-hook", message, fragment.at("hooks"), f"define {name} or drop `{key}`")
    macros = _defined(files)["macro"]
    for member, name in fragment.handlers:
        if name != NONE and name not in macros:
            message = f"`{name}`, for handlers in `.{member}`, is no macro of `{fragment.name}`"
            mend = did_you_mean(name, macros) or f"define it, or write `{member}: {NONE}`"
            yield Problem("missing-export", message, fragment.at("handlers"), mend)


def _undocumented(fragment: Fragment, files: Sequence[Unit]) -> Iterator[Problem]:
    documented = {doc.name for unit in files for doc in kernel_docs(unit.text)}
    for export in fragment.exports:
        if export.kind == "function" and export.name not in documented:
            message = f"the exported function {export.name} has no kernel-doc comment"
            mend = "write one that begins with /** and has a line `Context:`"
            yield Problem("undocumented-export", message, export.place, mend, severity="warning")


def _disagreeing(fragment: Fragment, unit: Unit, doc: KernelDoc, files: Sequence[Unit]) -> Iterator[Problem]:
    """Give what a comment says differently from the manifest or the definition."""
    export = next((export for export in fragment.exports if export.name == doc.name), None)
    place = unit.place(doc.offset)
    if export and (export.context or doc.context) and doc.context not in _allowed(export):
        said = f"is for the context {doc.context}" if doc.context else "has no line `Context:`"
        message = f"the comment of {doc.name} {said}, the manifest says {export.context or 'nothing'}"
        mend = f"write one of {', '.join(CONTEXTS)} in both" if doc.context else "add `Context:` to it"
        yield Problem("context-mismatch", message, place, mend)
    taken = [function for other in files for function in other.functions if function.name == doc.name]
    # Of a function with a macro of its name, the comment is the function's.
    taken.sort(key=lambda function: function.kind == "macro")
    if taken and (taken[0].kind == "function" or taken[0].parameters):
        named = [name for name in parameter_names(taken[0]) if name not in _PASSED]
        if list(doc.parameters) != named:
            message = f"the comment of {doc.name} describes ({', '.join(doc.parameters)}), "
            message += f"its definition takes ({', '.join(named)})"
            yield Problem("parameter-mismatch", message, place, "describe each parameter, in order")


def _allowed(export: Export) -> tuple[str | None, ...]:
    """Return the contexts that a comment may say: the manifest has none of a macro or type."""
    return (export.context,) if export.context else (*CONTEXTS, None)


def _sleeping(fragment: Fragment, library: Library) -> Iterator[Problem]:
    """Give the chains of calls from an export to what its context forbids."""
    near = [library.fragments[name] for name in sorted(library.reach(fragment)) if name in library.fragments]
    graph = call_graph([unit for other in near for unit in read_units(other)])
    given = contexts(near)
    for name, context in sorted(contexts([fragment]).items()):
        if context not in CONTEXTS[:-1]:
            continue
        stricter = CONTEXTS[CONTEXTS.index(context) + 1 :]
        against = {
            other: Reason(needed, PROCESS_MEND) for other, needed in given.items() if needed in stricter
        }
        for chain, reason in forbidden(name, graph, against):
            yield problem_of(name, f"is for the context {context}", chain, reason)
