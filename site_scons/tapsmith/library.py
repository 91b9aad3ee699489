"""The library: fragments by name, from one or more roots.

A root is a directory with `manifests/` and `fragments/`.  Names are one
space over all roots: of fragments, of virtual names, and of what their
macros #define.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tapsmith.diagnostics import Place, TapsmithError, did_you_mean
from tapsmith.document import Report
from tapsmith.macro import Constraint, Macro, Setting, read_value
from tapsmith.manifest import Fragment, load_fragment


@dataclass(frozen=True)
class Library:
    """All fragments there are, each in one version.

    `chosen` tells who stands for a virtual name, where that has been settled.
    """

    fragments: Mapping[str, Fragment]
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, roots: Sequence[Path]) -> Library:
        """Read every manifest of `roots`; TapsmithError with the problems of all of them."""
        report = Report()
        found = load_fragments(roots, report)
        # What follows looks at fragments together: it says nothing true while one is unread.
        report.check()
        library = cls(MappingProxyType(found))
        _check(library, report)
        report.check()
        return library

    def joined(self, others: Mapping[str, Fragment], chosen: Mapping[str, str]) -> Library:
        """Return this library with fragments from elsewhere, and with providers chosen.

        TapsmithError with what is wrong between them and what is here.
        """
        if not others and not chosen:
            return self
        report = Report()
        library = Library(MappingProxyType({**self.fragments, **others}), chosen)
        _check_defined_names(library, report)
        for fragment in others.values():
            _check_fragment(library, fragment, report, whole=False)
        report.check()
        return library

    def providers(self, name: str) -> tuple[Fragment, ...]:
        """Return the fragments that provide the virtual name, sorted by name."""
        found = (fragment for fragment in self.fragments.values() if name in fragment.provides)
        return tuple(sorted(found, key=lambda fragment: fragment.name))

    def names(self) -> frozenset[str]:
        """Return every name that can be needed: fragments and virtual names."""
        virtual = {name for fragment in self.fragments.values() for name in fragment.provides}
        return frozenset(virtual | self.fragments.keys())

    def macros(self) -> Mapping[str, tuple[Fragment, Macro]]:
        """Return every macro, with the fragment that defines it."""
        return MappingProxyType(
            {macro.name: (f, macro) for f in self.fragments.values() for macro in f.config}
        )

    def reach(self, fragment: Fragment, conditional: bool = True) -> frozenset[str]:
        """Return the names of `fragment` and all it requires, directly or not.

        Without `conditional`, requirements with `when` do not count.
        """
        seen: set[str] = set()
        todo = [fragment]
        while todo:
            current = todo.pop()
            if current.name in seen:
                continue
            seen.add(current.name)
            for requirement in current.requires:
                if conditional or not requirement.when:
                    direct = self.fragments.get(requirement.name)
                    todo += [direct] if direct else self.providers(requirement.name)
        return frozenset(seen)


def load_fragments(roots: Sequence[Path], report: Report) -> dict[str, Fragment]:
    """Return the fragments of `roots` by name; what is wrong with their manifests goes to the report."""
    found: dict[str, Fragment] = {}
    for path in _manifests(roots):
        try:
            fragment = load_fragment(path)
        except TapsmithError as error:
            report.absorb(error)
            continue
        other = found.setdefault(fragment.name, fragment)
        if other is not fragment:
            message = f"fragment `{fragment.name}` exists twice, first at {other.place}"
            report.add("duplicate-fragment", message, fragment.place, "rename one of the two")
    return found


def _manifests(roots: Sequence[Path]) -> Iterator[Path]:
    for root in dict.fromkeys(roots):
        directory = root / "manifests"
        if directory.is_dir():
            # Sorted, so that problems and places do not depend on the file system.
            yield from sorted(directory.glob("*.yaml"))


def _check(library: Library, report: Report) -> None:
    """Report what is wrong between fragments."""
    _check_defined_names(library, report)
    for fragment in library.fragments.values():
        _check_fragment(library, fragment, report)


def _check_fragment(library: Library, fragment: Fragment, report: Report, whole: bool = True) -> None:
    """Report what is wrong between a fragment and the others.

    A library that is not `whole` lacks what nobody chose: constraints on that say nothing.
    """
    for name in fragment.provides:
        if name in library.fragments:
            message = f"`{fragment.name}` provides `{name}`, but that is a fragment"
            report.add("duplicate-fragment", message, fragment.place, "choose another virtual name")
    for requirement in fragment.requires:
        for setting in requirement.when:
            _check_condition(library, fragment, setting, report)
    for constraint in fragment.constraints:
        if whole or constraint.macro in library.macros():
            _check_constraint(library, fragment, constraint, report)


def _check_defined_names(library: Library, report: Report) -> None:
    """Report macros, or the constants of their choices, that are defined twice."""
    found: dict[str, tuple[str, Place]] = {}
    for fragment in library.fragments.values():
        for macro in fragment.config:
            for name in (macro.name, *macro.constants):
                if name in found:
                    owner, place = found[name]
                    message = f"`{fragment.name}` defines {name}, which `{owner}` defines at {place}"
                    report.add("duplicate-macro", message, macro.place, "rename one of the two")
                found.setdefault(name, (fragment.name, macro.place))


def _check_condition(library: Library, fragment: Fragment, setting: Setting, report: Report) -> None:
    """Report a `when` that asks for a value the macro cannot have, or a macro that may be absent."""
    reach = library.reach(fragment, conditional=False)
    macro = _check_reach(library, fragment, setting.macro, reach, setting.place, report)
    if macro and macro.load:
        message = f"what `{fragment.name}` requires hangs on {macro.name}, which is set at load"
        report.add("macro-not-loadable", message, setting.place, f"drop `load` at {macro.place}")
    elif macro:
        read_value(macro, setting, report)


def _check_constraint(library: Library, fragment: Fragment, constraint: Constraint, report: Report) -> None:
    """Report a constraint on a macro of no required fragment, or not of the macro's type."""
    reach = library.reach(fragment) - {fragment.name}
    macro = _check_reach(library, fragment, constraint.macro, reach, constraint.place, report)
    wanted = {"int": "range", "enum": "choices"}.get(macro.kind if macro else "", "")
    given = "choices" if constraint.limits.choices is not None else "range"
    if macro and wanted != given:
        message = f"{macro.name} is of type {macro.kind}, which takes no {given}"
        report.add("macro-type", message, constraint.place, f"write `{wanted}`" if wanted else None)


def _check_reach(
    library: Library, fragment: Fragment, name: str, reach: frozenset[str], place: Place, report: Report
) -> Macro | None:
    """Return the macro if its fragment is in `reach`; else report and return None."""
    macros = library.macros()
    if name not in macros:
        report.add("unknown-macro", f"no fragment has a macro {name}", place, did_you_mean(name, macros))
        return None
    owner, macro = macros[name]
    if owner.name not in reach:
        message = f"macro {name} belongs to `{owner.name}`, which `{fragment.name}` does not require"
        report.add("unknown-macro", message, place, f"add `{owner.name}` to `requires`")
        return None
    return macro
