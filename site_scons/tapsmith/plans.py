"""Plans: what a build has to know of a probe to tell whether its module is up to date.

A plan is made from a resolution, and kept with a fingerprint of all that the
resolution was made from.  As long as that is the same, nothing is read as
YAML or resolved again: a run in which nothing changed takes its plans from
here.  What is damaged, or another version's, counts as absent.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tapsmith import atomic
from tapsmith.fingerprints import Fingerprints, Memo, package_files

_FORMAT = 1

PLANS_FILE = ".plans.json"
"""The name of the file in the directory that modules are built in."""

Groups = tuple[tuple[str, ...], ...]
"""The files that a plan was made from; plans share groups, such as those of a fragment."""


@dataclass(frozen=True)
class Plan:
    """What the nodes of a probe's module are made of.

    `digest` tells its resolved YAML, `sources` are the files whose text is in the module, `fragments`
    their names, and `kernels` the identities of those that the module has been found fit for.
    """

    name: str
    digest: str
    sources: tuple[str, ...]
    fragments: tuple[str, ...]
    kernels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Entry:
    plan: Plan
    groups: Groups
    fingerprint: str


@dataclass(frozen=True)
class _Kept:
    code: str
    memo: Mapping[str, Memo]
    entries: dict[str, _Entry]


class Plans:
    """The plans of one project, read from and written to one file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        kept = _read(file)
        self._prints = Fingerprints(kept.memo)
        self._groups: dict[tuple[str, ...], str] = {}
        # What this version of tapsmith makes of the same files may be another plan.
        self.code = self._code()
        self._old = kept.entries if kept.code == self.code else {}
        self._entries: dict[str, _Entry] = {}
        self._changed = False

    def find(self, key: str) -> Plan | None:
        """Return the plan kept for `key` if all that it was made from is what it was."""
        entry = self._entries.get(key) or self._old.get(key)
        if entry is None or self._fingerprint(entry.groups) != entry.fingerprint:
            return None
        self._entries[key] = entry
        return entry.plan

    def keep(self, key: str, plan: Plan, groups: Groups) -> None:
        """Keep a plan that was made from the files in `groups`."""
        self._entries[key] = _Entry(plan, groups, self._fingerprint(groups))
        self._changed = True

    def found_fit(self, key: str, kernel: str) -> None:
        """Note that the module of the plan kept for `key` fits the kernel of that identity."""
        if entry := self._entries.get(key):
            plan = dataclasses.replace(entry.plan, kernels=entry.plan.kernels | {kernel})
            self._entries[key] = dataclasses.replace(entry, plan=plan)
            self._changed = True

    def save(self) -> None:
        """Write what this run found or kept, if that is news; where it cannot, the next run takes longer."""
        changed = self._changed or self._prints.changed or self._old.keys() != self._entries.keys()
        if not (changed and self._entries):
            return
        groups = {group: number for number, group in enumerate(self._groups)}
        plans = {key: _written(entry, groups) for key, entry in self._entries.items()}
        kept = {"format": _FORMAT, "code": self.code, "memo": self._prints.memo()}
        text = json.dumps({**kept, "groups": list(groups), "plans": plans}, separators=(",", ":"))
        with suppress(OSError):
            atomic.write_text(self._file, text)

    def _code(self) -> str:
        package = os.path.dirname(os.path.abspath(__file__))
        lines = (f"{os.path.relpath(file, package)}\0{self._prints.of(file)}\n" for file in package_files())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def _fingerprint(self, groups: Groups) -> str:
        for group in groups:
            if group not in self._groups:
                self._groups[group] = self._prints.of_all(group)
        return hashlib.sha256("".join(self._groups[group] for group in groups).encode()).hexdigest()


def _read(file: Path) -> _Kept:
    with suppress(OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["format"] == _FORMAT:
            groups = [tuple(group) for group in found["groups"]]
            entries = {key: _entry(written, groups) for key, written in found["plans"].items()}
            return _Kept(found["code"], {path: _memo(*memo) for path, memo in found["memo"].items()}, entries)
    return _Kept("", {}, {})


def _memo(size: int, mtime: int, ctime: int, inode: int, seen: int, fingerprint: str) -> Memo:
    return int(size), int(mtime), int(ctime), int(inode), int(seen), fingerprint


def _entry(written: Sequence[Any], groups: Sequence[tuple[str, ...]]) -> _Entry:
    name, digest, sources, fragments, kernels, numbers, fingerprint = written
    plan = Plan(name, digest, tuple(sources), tuple(fragments), frozenset(kernels))
    return _Entry(plan, tuple(groups[number] for number in numbers), fingerprint)


def _written(entry: _Entry, groups: Mapping[tuple[str, ...], int]) -> Sequence[Any]:
    plan = entry.plan
    numbers = [groups[group] for group in entry.groups]
    said = (plan.name, plan.digest, plan.sources, plan.fragments, sorted(plan.kernels))
    return [*said, numbers, entry.fingerprint]
