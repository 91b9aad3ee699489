"""All checks of fragments on their way into a registry, before the first byte is written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tapsmith.analysis.fragment_check import check_fragment
from tapsmith.diagnostics import TapsmithError
from tapsmith.document import Report
from tapsmith.facts import Facts
from tapsmith.library import Library, load_fragments
from tapsmith.manifest import Fragment
from tapsmith.packages.additions import Addition, plan
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import Writable
from tapsmith.publishing.attempt import obtain_alone, prove, told_of
from tapsmith.publishing.contents import check_contents, check_license
from tapsmith.publishing.requirements import check_names, check_requirements, in_order
from tapsmith.shipped import shipped_root

Say = Callable[[str], None]


def review(
    fragments: Sequence[Fragment],
    library: Library,
    where: Writable,
    facts: Callable[[], Facts],
    cache: Path,
    say: Say,
) -> tuple[Addition, ...]:
    """Return what publishing the fragments comes to, in the order in which they go into the registry.

    `library` has the fragments of their tree; `facts` are asked for once all is well but for the
    compiler.  TapsmithError: all that stands against it, as far as one check does not need another.
    """
    ordered = in_order(fragments)
    shipped = load_fragments([shipped_root()], Report())
    at_hand = {**shipped, **{fragment.name: fragment for fragment in ordered}}
    additions = _planned(ordered, library, where.open(), at_hand)
    for addition in additions:
        if addition.known is None:
            say(f"compiling a probe that needs {addition.fragment.name} and names its exports")
            with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
                _attempt(addition.fragment, at_hand, where, Path(scratch), facts, cache, say)
    return additions


def _attempt(
    fragment: Fragment,
    at_hand: Mapping[str, Fragment],
    where: Writable,
    scratch: Path,
    facts: Callable[[], Facts],
    cache: Path,
    say: Say,
) -> None:
    with told_of(fragment, scratch):
        obtained = obtain_alone(fragment, at_hand, where, scratch, cache, say)
        # Once more, with what the fragment requires from the registry.
        report = Report()
        _analyse(fragment, obtained.library, report)
        report.check()
        prove(fragment, obtained.resolution, facts(), scratch)


def _planned(
    ordered: Sequence[Fragment], library: Library, registry: Registry, at_hand: dict[str, Fragment]
) -> tuple[Addition, ...]:
    """Return the additions; TapsmithError with all that a look at the files shows."""
    report = Report()
    for fragment in ordered:
        for check in (
            lambda f: check_license(f, report),
            lambda f: check_contents(f, report),
            lambda f: check_names(f, registry, report),
            lambda f: check_requirements(f, at_hand, registry, report),
            lambda f: _analyse(f, library, report),
            lambda f: plan(registry, f),
        ):
            try:
                check(fragment)
            except TapsmithError as error:
                report.absorb(error)
    report.check()
    return tuple(plan(registry, fragment) for fragment in ordered)


def _analyse(fragment: Fragment, library: Library, report: Report) -> None:
    """Report what `tapsmith check` finds: before others use it, a warning counts as well."""
    found = [replace(problem, severity="error") for problem in check_fragment(fragment, library)]
    report.absorb(TapsmithError(found))
