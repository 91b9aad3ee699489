"""What macros have to say in the search: their values are settled before any version is chosen."""

from __future__ import annotations

from collections.abc import Iterable

from tapsmith.limits import MacroValue
from tapsmith.macro import Constraint, Macro, Setting
from tapsmith.manifest import Requirement
from tapsmith.resolver.claims import Objects
from tapsmith.resolver.clauses import Clauses
from tapsmith.resolver.universe import Release
from tapsmith.versions import MalformedError


def parsed(macro: Macro, setting: Setting) -> MacroValue | None:
    """Return the value that a setting or condition spells, by the macro's type; None if it is of another."""
    try:
        return macro.parse(setting.value)
    except MalformedError:
        return None


class Macros:
    """The macros of loaded releases.  `label` is how messages call who sets values."""

    def __init__(self, clauses: Clauses, label: str, settings: Iterable[Setting]) -> None:
        self._clauses = clauses
        self._label = label
        self._settings = {setting.macro: setting for setting in settings}
        self._conditions: dict[str, dict[str, Setting]] = {}
        self._definers: dict[str, list[tuple[Release, Macro]]] = {}
        self._constraints: dict[str, list[tuple[Release, Constraint]]] = {}

    def value(self, macro: Macro) -> MacroValue | None:
        """Return what the macro comes to: what is set, or its default; None if it takes no such value."""
        given = self._settings.get(macro.name)
        return macro.default if given is None else parsed(macro, given)

    def conditions(self, release: Release, requirement: Requirement) -> list[Setting] | None:
        """Return what has to hold for a requirement to count, or None if it never does.

        Conditions on the fragment's own macros are decided here, those on macros of others by what is chosen.
        """
        if not requirement.when:
            return []
        own = {macro.name: macro for macro in release.config}
        others = []
        for setting in requirement.when:
            macro = own.get(setting.macro)
            if macro is None:
                others.append(setting)
            elif self.value(macro) != parsed(macro, setting):
                return None
        return others

    def ask(self, setting: Setting) -> None:
        """Say which loaded releases make a condition hold."""
        known = self._conditions.setdefault(setting.macro, {})
        if setting.value.text not in known:
            known[setting.value.text] = setting
            for release, macro in self._definers.get(setting.macro, ()):
                self._hold(release, macro, setting)

    def load(self, release: Release) -> None:
        """Say what a release's macros make true, and what it and others object to."""
        for macro in release.config:
            self._definers.setdefault(macro.name, []).append((release, macro))
            for setting in self._conditions.get(macro.name, {}).values():
                self._hold(release, macro, setting)
            self._object(release, macro)
            for other, constraint in self._constraints.get(macro.name, ()):
                self._constrain(other, constraint, release, macro)
        for constraint in release.constraints:
            self._constraints.setdefault(constraint.macro, []).append((release, constraint))
            for other, macro in self._definers.get(constraint.macro, ()):
                self._constrain(release, constraint, other, macro)

    def _hold(self, release: Release, macro: Macro, setting: Setting) -> None:
        if self.value(macro) == parsed(macro, setting):
            self._clauses.add([-self._clauses.chosen(release), self._clauses.holds(setting)])

    def _object(self, release: Release, macro: Macro) -> None:
        """Exclude a release that does not take the value that is set."""
        given = self._settings.get(macro.name)
        if given is None:
            return
        value = parsed(macro, given)
        if value is None:
            told = f"{release} has {macro.name} of type {macro.kind}"
        elif macro.limits.objection(value):
            told = f"{release} takes {macro.name} {macro.limits}"
        else:
            return
        text = f"{told}, {self._label} sets it to {given.value.text}"
        objection = Objects(macro.name, macro.limits, text, given.place)
        self._clauses.add([-self._clauses.chosen(release)], objection)

    def _constrain(self, release: Release, constraint: Constraint, owner: Release, macro: Macro) -> None:
        """Exclude a release together with the owner of a macro whose value it does not take."""
        value = self.value(macro)
        if value is None or not constraint.limits.objection(value):
            return
        own = f"{owner} has it {value} by default"
        said = f"{self._label} sets it to {value}" if macro.name in self._settings else own
        text = f"{release} takes {macro.name} {constraint.limits} only, and {said}"
        objection = Objects(macro.name, constraint.limits, text, constraint.place)
        self._clauses.add([-self._clauses.chosen(release), -self._clauses.chosen(owner)], objection)
