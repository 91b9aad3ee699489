"""Whether the chosen fragments can stand together: conflicts, constraints, exported names."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tapsmith.diagnostics import Place
from tapsmith.document import Report
from tapsmith.limits import Limits, MacroValue
from tapsmith.macro import Macro
from tapsmith.manifest import Fragment
from tapsmith.probe import PROBE_FILE, Probe


def check_conflicts(fragments: Sequence[Fragment], path: Callable[[str], str], report: Report) -> None:
    """Report fragments that may not stand together; `path` tells who asked for a fragment."""
    for fragment, other in itertools.permutations(fragments, 2):
        for conflict in fragment.conflicts:
            named = other.name == conflict.name and conflict.range.contains(other.version)
            if named or conflict.name in other.provides:
                asked = f"{path(fragment.name)}, {path(other.name)}"
                message = f"`{fragment.name}` conflicts with `{other.name}` {other.version}: {asked}"
                report.add("conflict", message, conflict.place, "do without one of the two")


def check_exports(fragments: Sequence[Fragment], report: Report) -> None:
    """Report names that two fragments export."""
    found: dict[str, tuple[str, Place]] = {}
    for fragment in fragments:
        for export in fragment.exports:
            owner, place = found.setdefault(export.name, (fragment.name, export.place))
            if owner != fragment.name:
                message = f"`{fragment.name}` exports {export.name}, which `{owner}` exports, too ({place})"
                report.add("duplicate-export", message, export.place, "do without one of the two")


def check_defines(probe: Probe, fragments: Sequence[Fragment], report: Report) -> None:
    """Report names that the probe defines twice, or that a chosen fragment defines as well."""
    found = {
        name: (f"`{fragment.name}`", macro.place)
        for fragment in fragments
        for macro in fragment.config
        for name in (macro.name, *macro.constants)
    }
    for macro in probe.defines:
        for name in (macro.name, *macro.constants):
            if name in found:
                owner, place = found[name]
                message = f"the probe defines {name}, as {owner} does ({place})"
                report.add("duplicate-macro", message, macro.place, "rename it here and in the C")
            found.setdefault(name, ("another macro of its own", macro.place))


@dataclass(frozen=True)
class _Held:
    """Limits that hold for a macro, and the fragment that holds it to them."""

    limits: Limits
    by: str
    place: Place


def check_constraints(
    probe: Probe, fragments: Sequence[Fragment], values: Mapping[str, MacroValue], report: Report
) -> None:
    """Report constraints that exclude each other, and values outside of one."""
    for fragment in fragments:
        for macro in fragment.config:
            constraints = [
                _Held(constraint.limits, other.name, constraint.place)
                for other in fragments
                for constraint in other.constraints
                if constraint.macro == macro.name
            ]
            own = _Held(macro.limits, fragment.name, macro.place)
            if not _contradict(macro, [own, *constraints], report):
                _check_value(probe, macro, values[macro.name], constraints, report)


def _contradict(macro: Macro, held: Sequence[_Held], report: Report) -> bool:
    """Report the first two limits on `macro` that exclude each other."""
    for one, other in itertools.combinations(held, 2):
        if one.limits.excludes(other.limits):
            first = f"`{one.by}` takes {one.limits} ({one.place})"
            message = f"{macro.name} can have no value: {first}, `{other.by}` takes {other.limits}"
            report.add("contradictory-constraints", message, other.place, "do without one of the two")
            return True
    return False


def _check_value(
    probe: Probe, macro: Macro, value: MacroValue, constraints: Sequence[_Held], report: Report
) -> None:
    """Report a value, set or default, outside of another fragment's limits."""
    setting = next((setting for setting in probe.config if setting.macro == macro.name), None)
    for held in constraints:
        if held.limits.objection(value):
            said = "set to" if setting else "by default"
            message = f"{macro.name} is {said} {value}, but `{held.by}` takes {held.limits} ({held.place})"
            place = setting.value.place if setting else probe.place
            mend = f"choose {held.limits} under `config` in {probe.label}/{PROBE_FILE}"
            report.add("constraint-violated", message, place, mend)
