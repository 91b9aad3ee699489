"""What the commands that write locks share: all locks are made before the first file is written."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tapsmith import atomic
from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.output import counted, print_json
from tapsmith.commands.shared import find_probe, known_probes, roots_of, shown
from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.document import Report
from tapsmith.library import Library
from tapsmith.network import Network
from tapsmith.packages.lock import KEYS, Entry, Lock
from tapsmith.packages.lock_file import LOCK_FILE, lock_text, read_lock
from tapsmith.packages.locking import Change, changes, make_lock
from tapsmith.probe import Probe, load_probe


@dataclass(frozen=True)
class Locked:
    """A probe, its lock as it was, and as it is to be."""

    probe: Probe
    old: Lock | None
    new: Lock

    @property
    def path(self) -> Path:
        return self.probe.directory / LOCK_FILE

    @property
    def changes(self) -> tuple[Change, ...]:
        return changes(self.old, self.new)

    @property
    def is_new(self) -> bool:
        """Tell whether the file has to be written."""
        return self.old is None or lock_text(self.old) != lock_text(self.new)


class Trees:
    """The fragments of the projects that probes are in, read once."""

    def __init__(self) -> None:
        self._libraries: dict[tuple[Path, ...], Library] = {}

    def of(self, probe: Probe) -> Library:
        """Return the fragments of a probe's project, and the shipped ones."""
        roots = roots_of(probe)
        if roots not in self._libraries:
            self._libraries[roots] = Library.load(roots)
        return self._libraries[roots]


def add_probes(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand the arguments PROBE ..., for `find_probes`."""
    help_text = "probes, by directory or name (default: all in probes/)"
    parser.add_argument("probes", nargs="*", metavar="PROBE", help=help_text)


def find_probes(names: Sequence[str]) -> tuple[Probe, ...]:
    """Return the probes by name or directory; all in probes/ if none is named.

    TapsmithError: unknown-probe, and what a probe.yaml has wrong.
    """
    directories = [find_probe(name) for name in names or ()] or known_probes() or [find_probe(None)]
    return _each(directories, load_probe)


def read_locks(probes: Sequence[Probe]) -> tuple[Lock | None, ...]:
    """Return the locks of probes; TapsmithError with what is wrong with any."""
    return _each(probes, lambda probe: read_lock(probe.directory / LOCK_FILE))


def demand_locks(probes: Sequence[Probe]) -> dict[Probe, Lock]:
    """Return the locks of probes; TapsmithError with what is wrong with any: `lock-missing`, too."""
    report, found = Report(), {}
    for probe, lock in zip(probes, read_locks(probes), strict=True):
        if lock:
            found[probe] = lock
        else:
            mend = f"`tapsmith lock {probe.name}` writes it"
            report.add("lock-missing", f"{probe.label} has no lock", probe.place, mend)
    report.check()
    return found


def relock(
    probes: Sequence[Probe], free: Callable[[Lock], Collection[str]] = lambda lock: ()
) -> tuple[Locked, ...]:
    """Make the locks of probes and write those that changed, once all are made; say what changed.

    `free` tells which fragments of an older lock need not stay as they are.
    TapsmithError with why there is no lock for any of them: then none is written.
    """
    olds = dict(zip(probes, read_locks(probes), strict=True))
    sources, trees = open_sources(Network.OPEN), Trees()

    def make(probe: Probe) -> Locked:
        old = olds[probe]
        new = make_lock(probe, trees.of(probe), sources, old, free(old) if old else ())
        return Locked(probe, old, new)

    made = _each(probes, make)
    for locked in made:
        if locked.is_new:
            _write(locked)
    return made


def show(made: Sequence[Locked], as_json: bool) -> None:
    """Print what changed, a line a fragment."""
    if as_json:
        print_json({"locks": [_json(locked) for locked in made]})
        return
    for locked in made:
        count = len(locked.new.entries)
        fragments = counted(count, "fragment")
        if locked.old is None:
            print(f"{locked.probe.label}: locked, {fragments}")
        elif locked.is_new:
            print(f"{locked.probe.label}: lock changed, {fragments}")
        for change in locked.changes:
            # Of what is in the tree anyway, a new lock says nothing new.
            if locked.old or change.after is None or change.after.origin not in ("tree", "shipped"):
                print(f"  {change}")
    same = sum(not locked.is_new for locked in made)
    if same:
        print(f"{same} lock{'s are as they were' if same != 1 else ' is as it was'}")


def _write(locked: Locked) -> None:
    try:
        atomic.write_text(locked.path, lock_text(locked.new))
    except OSError as error:
        message = f"cannot write {shown(locked.path)}: {error.strerror}"
        raise fail("cannot-write", message, Place(locked.path), "see who may write there") from None


def _json(locked: Locked) -> dict[str, Any]:
    return {
        "probe": locked.probe.name,
        "file": shown(locked.path),
        "written": locked.is_new,
        "changes": [
            {"fragment": change.name, "before": _entry(change.before), "after": _entry(change.after)}
            for change in locked.changes
        ],
    }


def _entry(entry: Entry | None) -> dict[str, str | None] | None:
    if entry is None:
        return None
    keys = dict.fromkeys(key for keys in KEYS.values() for key in keys)
    return {"origin": entry.origin, **{key: entry[key] or None for key in keys}}


def _each(things: Sequence[Any], make: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Return what is made of each thing; TapsmithError with the problems of all."""
    report = Report()
    found = []
    for thing in things:
        try:
            found.append(make(thing))
        except TapsmithError as error:
            report.absorb(error)
    report.check()
    return tuple(found)
