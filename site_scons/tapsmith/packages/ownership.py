"""A name that a lock has from one registry does not go over to another one unseen."""

from __future__ import annotations

from collections.abc import Iterable

from tapsmith.document import Report
from tapsmith.packages.lock import Lock
from tapsmith.packages.project import Project
from tapsmith.probe import Probe
from tapsmith.resolver.universe import Universe


def check_owners(
    probe: Probe, lock: Lock, universe: Universe, names: Iterable[str], project: Project
) -> None:
    """Refuse names that a lock has from one registry, and that now come from another, or a repository.

    It is meant where the project binds the name to the new one, or lists the old one no more.
    TapsmithError: `registry-changed`.
    """
    report = Report()
    asked = {need.name for need in probe.needs if need.origin}
    listed = {known.name for known in project.registries}
    for name in sorted((lock.entries.keys() & set(names)) - asked):
        entry = lock.entries[name]
        now = _owner(universe, name)
        is_elsewhere = now.startswith(("registry ", "git ")) and now != entry.told
        is_meant = now == f"registry {project.bind.registry_of(name)}" or entry["registry"] not in listed
        if entry.origin == "registry" and is_elsewhere and not is_meant:
            message = f"`{name}` is locked from {entry.told}, and {now} has that name now, too"
            mend = f"in tapsmith.yaml, `bind: {{{name}: {entry['registry']}}}` keeps it where it is;"
            mend += " bound to the other registry, it goes over"
            report.add("registry-changed", message, entry.place, mend)
    report.check()


def _owner(universe: Universe, name: str) -> str:
    """Return what a name comes from, as `Release.origin` tells it; of a virtual one, its first provider."""
    for known in (name, *universe.providers(name)):
        for release in universe.releases(known):
            return release.origin
    return ""
