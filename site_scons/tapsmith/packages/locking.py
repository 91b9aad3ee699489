"""Making locks: what a probe is built of, found afresh, with what an older lock holds kept where it goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tapsmith.diagnostics import fail
from tapsmith.library import Library
from tapsmith.packages.lock import Entry, Lock, kept, spell_need
from tapsmith.packages.obtaining import Chosen, choose
from tapsmith.packages.sources import Sources
from tapsmith.probe import Probe


@dataclass(frozen=True)
class Change:
    """What a new lock says of one fragment in place of an older one; None: it is not in it."""

    name: str
    before: Entry | None
    after: Entry | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.name} {_told(self.after)}"
        if self.after is None:
            return f"- {self.name} {_told(self.before)}"
        return f"{self.name} {_told(self.before)} -> {_told(self.after)}"


def make_lock(
    probe: Probe, tree: Library, sources: Sources, old: Lock | None, free: Collection[str] = ()
) -> Lock:
    """Return the lock of a probe; versions and commits of `old` stay, but for those of the fragments `free`.

    TapsmithError: as `choose`, and `content-changed` for a version that a registry has changed.
    """
    chosen = choose(probe, tree, sources, *kept(old, free), old)
    entries = {name: chosen.layers.entry(release) for name, release in chosen.picks.items()}
    for name, entry in entries.items():
        _check_unchanged(old.entries.get(name) if old else None, entry)
    return Lock(
        needs={need.name: spell_need(need) for need in probe.needs},
        config=_config(probe, chosen),
        chosen=chosen.providers,
        entries=entries,
    )


def changes(old: Lock | None, new: Lock) -> tuple[Change, ...]:
    """Return how two locks differ, fragment by fragment, sorted."""
    before: Mapping[str, Entry] = old.entries if old else {}
    return tuple(
        Change(name, before.get(name), new.entries.get(name))
        for name in sorted(before.keys() | new.entries.keys())
        if before.get(name) != new.entries.get(name)
    )


def _config(probe: Probe, chosen: Chosen) -> dict[str, str]:
    """Return the settings that a condition of a chosen fragment asks for."""
    asked = {s.macro for release in chosen.picks.values() for r in release.requires for s in r.when}
    return {s.macro: s.value.text for s in probe.config if s.macro in asked}


def _check_unchanged(old: Entry | None, new: Entry) -> None:
    """Refuse another content for a version that a registry has had: it would come in unseen."""
    if old is None or old["sha256"] == new["sha256"] or not old.origin == new.origin == "registry":
        return
    if old["registry"] == new["registry"] and old["version"] == new["version"]:
        message = f"registry `{new['registry']}` has other files of {new.name} {new['version']} than the lock"
        mend = f"ask who publishes it; `tapsmith update {new.name}` takes another version if there is one"
        raise fail("content-changed", message, old.place, mend)


def _told(entry: Entry | None) -> str:
    """Return what people read of an entry."""
    if entry is None:
        return ""
    words = [entry["version"], f"({entry.origin}" + (f" {entry['registry']})" if entry["registry"] else ")")]
    if entry["commit"]:
        words[1] = f"(git {entry['commit'][:12]})"
    if entry.origin == "path":
        words[1] = f"(path {entry['path']}, {entry['sha256'][:12]})"
    return " ".join(filter(None, words))
