"""Whether what locks name is in the cache, and is what they say: nothing is fetched or mended."""

from __future__ import annotations

from dataclasses import dataclass

from tapsmith.diagnostics import TapsmithError
from tapsmith.library import Library
from tapsmith.packages.content import fragment_digest
from tapsmith.packages.lock import Entry, Lock
from tapsmith.packages.sources import Sources
from tapsmith.probe import Probe


@dataclass(frozen=True)
class Checked:
    """A fragment of a lock, and what is wrong with it: a sentence, or None."""

    probe: Probe
    entry: Entry
    wrong: str | None


def verify(probe: Probe, lock: Lock, tree: Library, sources: Sources) -> tuple[Checked, ...]:
    """Look at all fragments of a lock that have a hash, by name."""
    entries = (lock.entries[name] for name in sorted(lock.entries))
    return tuple(
        Checked(probe, entry, _wrong(probe, entry, tree, sources)) for entry in entries if entry["sha256"]
    )


def _wrong(probe: Probe, entry: Entry, tree: Library, sources: Sources) -> str | None:
    if entry.origin == "shipped":
        fragment = tree.fragments.get(entry.name)
        if fragment is None or fragment_digest(fragment) != entry["sha256"]:
            return "what is shipped with this tapsmith has other files"
        return None
    wrong = sources.store.trouble(entry.name, entry["sha256"])
    if wrong is None and entry.origin == "registry":
        wrong = _wrong_archive(probe, entry, sources)
    return wrong


def _wrong_archive(probe: Probe, entry: Entry, sources: Sources) -> str | None:
    """Look at the archive, where there is one at hand."""
    for registry in sources.registries(probe):
        if registry.name != entry["registry"]:
            continue
        path = registry.archive_file(entry["archive"])
        try:
            if path.is_file():
                registry.archive(entry["archive"], entry.name, entry.place)
        except TapsmithError:
            return f"its archive is damaged: {path}"
    return None
