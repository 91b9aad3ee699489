"""Whether whoever takes a fragment from a registry can have what it requires.

That is what the registry has, what is published along, and what is shipped
with tapsmith, which everybody has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tapsmith.document import Report
from tapsmith.manifest import Fragment, Requirement
from tapsmith.packages.registry import Registry


def check_requirements(
    fragment: Fragment, at_hand: Mapping[str, Fragment], registry: Registry, report: Report
) -> None:
    """Report each requirement for which there is nothing in its range; `at_hand` is shipped or goes along.

    TapsmithError: what reading the registry raises.
    """
    for requirement in fragment.requires:
        why = _lacking(requirement, at_hand, registry)
        if why:
            message = f"`{fragment.name}` requires {requirement.name} {requirement.range}, {why}"
            mend = f"publish it first, or along: `tapsmith publish {requirement.name} {fragment.name}`"
            report.add("unpublished-requirement", message, requirement.place, mend)


def check_names(fragment: Fragment, registry: Registry, report: Report) -> None:
    """Report a name that is a fragment's here and a virtual one there, or the other way round.

    TapsmithError: what reading the registry raises.
    """
    others = [name for name in registry.providers(fragment.name) if name != fragment.name]
    if others:
        message = f"`{fragment.name}` is a virtual name in registry `{registry.name}`, of {', '.join(others)}"
        report.add("duplicate-fragment", message, fragment.place, "choose another name")
    for virtual in fragment.provides:
        if registry.releases(virtual):
            message = f"`{fragment.name}` provides `{virtual}`, a fragment in registry `{registry.name}`"
            report.add("duplicate-fragment", message, fragment.at("provides"), "choose another virtual name")


def in_order(fragments: Sequence[Fragment]) -> tuple[Fragment, ...]:
    """Return the fragments, each after those of them that it requires."""
    named = {fragment.name: fragment for fragment in fragments}
    found: dict[str, Fragment] = {}

    def take(fragment: Fragment, above: frozenset[str]) -> None:
        for requirement in fragment.requires:
            if requirement.name in named.keys() - above:
                take(named[requirement.name], above | {requirement.name})
        found.setdefault(fragment.name, fragment)

    for fragment in named.values():
        take(fragment, frozenset((fragment.name,)))
    return tuple(found.values())


def _lacking(requirement: Requirement, at_hand: Mapping[str, Fragment], registry: Registry) -> str:
    """Return what is missing, or nothing."""
    name, wanted = requirement.name, requirement.range
    if name in at_hand:
        there = at_hand[name].version
        return "" if wanted.contains(there) else f"and what goes along or is shipped is {there}"
    releases = registry.releases(name)
    if any(release.yanked is None and wanted.contains(release.version) for release in releases):
        return ""
    if releases:
        said = [f"{r.version}, yanked: {r.yanked}" if r.yanked else str(r.version) for r in releases]
        return f"of which registry `{registry.name}` has only {'; '.join(said)}"
    if registry.providers(name) or any(name in fragment.provides for fragment in at_hand.values()):
        return ""
    return f"which is neither in registry `{registry.name}` nor published along"
