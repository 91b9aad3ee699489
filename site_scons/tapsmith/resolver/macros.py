"""What macros have to say in the search: their values are settled before any version is chosen."""

from __future__ import annotations

from tapsmith.limits import MacroValue
from tapsmith.macro import Constraint, Macro, Setting
from tapsmith.resolver.claims import Objects
from tapsmith.resolver.universe import Release
from tapsmith.versions import MalformedError


def parsed(macro: Macro, setting: Setting) -> MacroValue | None:
    """Return the value that a setting or condition spells, by the macro's type; None if it is of another."""
    try:
        return macro.parse(setting.value)
    except MalformedError:
        return None


def value(macro: Macro, given: Setting | None) -> MacroValue | None:
    """Return what the macro comes to: what the probe gives or its default; None if it takes no such value."""
    return macro.default if given is None else parsed(macro, given)


def objection(release: Release, macro: Macro, given: Setting | None, label: str) -> Objects | None:
    """Return the claim that a release does not take the value the probe gives; None if it does."""
    if given is None:
        return None
    found = parsed(macro, given)
    if found is None:
        told = f"{release} has {macro.name} of type {macro.kind}"
    elif macro.limits.objection(found):
        told = f"{release} takes {macro.name} {macro.limits}"
    else:
        return None
    return Objects((release,), f"{told}, {label} sets it to {given.value.text}", given.place)


def violation(
    release: Release, constraint: Constraint, owner: Release, macro: Macro, given: Setting | None, label: str
) -> Objects | None:
    """Return the claim that a release's constraint excludes the value of another's macro, if it does."""
    found = value(macro, given)
    if found is None or not constraint.limits.objection(found):
        return None
    said = f"{label} sets it to {found}" if given else f"{owner} has it {found} by default"
    text = f"{release} takes {macro.name} {constraint.limits} only, and {said}"
    return Objects((release, owner), text, constraint.place)
