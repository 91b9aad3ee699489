"""Macros whose value nobody reads: set in probe.yaml, or defined there, for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tapsmith.analysis.ctokens import Unit
from tapsmith.analysis.sources import read_units
from tapsmith.diagnostics import Problem
from tapsmith.resolution import Resolution


def check_macros(resolution: Resolution, files: Sequence[Unit]) -> list[Problem]:
    """Return a finding for each value set for no reader, and each own macro the C never names."""
    probe = resolution.probe
    own = _words(files)
    read = own.union(*(_words(read_units(fragment)) for fragment in resolution.fragments))
    # What is required may hang on a value, too.
    read |= {s.macro for f in resolution.fragments for need in f.requires for s in need.when}
    problems = []
    for setting in probe.config:
        if setting.macro not in read:
            owner = resolution.owners[setting.macro]
            message = f"{setting.macro} is set, but neither `{owner}` nor the probe reads it"
            problems.append(
                Problem("unread-macro", message, setting.place, "drop the value", severity="warning")
            )
    for macro in probe.defines:
        if macro.name not in own:
            message = f"{macro.name} is defined, but the probe's C never names it"
            mend = f"use {macro.name}, or drop it"
            problems.append(Problem("unread-macro", message, macro.place, mend, severity="warning"))
    return problems


def _words(files: Sequence[Unit]) -> frozenset[str]:
    """Return the names in the code, conditions of the preprocessor included."""
    return frozenset().union(*(unit.words for unit in files))
