"""A lock: what a probe is built of, whence, and what of its probe.yaml decided that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tapsmith.diagnostics import Place
from tapsmith.manifest import Origin, Requirement
from tapsmith.versions import Version

KEYS: Mapping[str, tuple[str, ...]] = {
    "tree": (),
    "shipped": ("version", "sha256"),
    "path": ("path", "version", "sha256"),
    "git": ("git", "tag", "branch", "rev", "commit", "version", "sha256"),
    "registry": ("registry", "version", "archive", "sha256"),
}
"""The keys of a fragment by its origin, in the order in which they are written."""


@dataclass(frozen=True)
class Entry:
    """One fragment of a lock: its origin (a key of KEYS), and what KEYS lists for that."""

    name: str
    origin: str
    known: Mapping[str, str]
    place: Place | None = field(default=None, compare=False)

    def __getitem__(self, key: str) -> str:
        """Return a value; empty if there is none."""
        return self.known.get(key, "")

    @property
    def version(self) -> Version | None:
        """The version, unless the fragment is of the tree."""
        return Version.parse(self["version"]) if self["version"] else None

    @property
    def told(self) -> str:
        """Where it is from, as people read it: `path ../x`, `git URL`, `registry NAME`."""
        return f"{self.origin} {self[self.origin]}".rstrip()


@dataclass(frozen=True)
class Lock:
    """What a probe is built of, and what of probe.yaml decided it.

    `needs` are spelled as `spell_need` does; `config` are the settings that a condition of a chosen
    fragment asks for; `chosen` are virtual names and who stands for them.
    """

    needs: Mapping[str, str]
    config: Mapping[str, str]
    chosen: Mapping[str, str]
    entries: Mapping[str, Entry]
    path: Path | None = field(default=None, compare=False)


def spell_need(need: Requirement) -> str:
    """Return range and origin of a need in one spelling, however it is laid out."""
    clauses = ", ".join("".join(clause.split()) for clause in str(need.range).split(","))
    origin = need.origin
    if origin is None:
        return clauses
    where = (origin.kind, origin.at, origin.rev_kind, origin.rev)
    return f"{clauses} from {' '.join(filter(None, where))}"


def kept(lock: Lock | None, free: Collection[str] = ()) -> tuple[dict[str, Version], dict[Origin, str]]:
    """Return the versions of a lock, and the commit that each origin in git is; not those of `free`."""
    entries = [entry for entry in lock.entries.values() if entry.name not in free] if lock else []
    versions = {entry.name: entry.version for entry in entries if entry.version}
    return versions, {_git_origin(entry): entry["commit"] for entry in entries if entry.origin == "git"}


def _git_origin(entry: Entry) -> Origin:
    kind = next((kind for kind in ("tag", "branch") if entry[kind]), "commit")
    return Origin("git", entry["git"], kind, entry["rev" if kind == "commit" else kind])
