"""`tapsmith fetch`: bring all that locks name into the cache."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from threading import Lock as Mutex

from tapsmith.commands.locks import Trees, add_probes, demand_locks, find_probes
from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.output import counted, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json
from tapsmith.network import Network
from tapsmith.packages.fetching import Fetched, fetch, fetch_index, wanted


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "fetch",
        _run,
        "bring all that locks name into the cache, so that builds need nothing else",
        "tapsmith fetch fileio",
    )
    add_probes(parser)
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    locks = demand_locks(find_probes(options.probes))
    sources, trees = open_sources(Network.LACKING), Trees()
    things = wanted(locks)
    progress = _Progress(len(things), options.json)
    try:
        found = fetch(things, sources, progress.tell)
        # What is new here may be newer than the copy of the index.
        if not all(fetched.was_there for fetched in found):
            sources = open_sources(Network.OPEN)
        for probe, lock in locks.items():
            fetch_index(probe, lock, trees.of(probe), sources)
    finally:
        progress.end()
    if options.json:
        print_json({"fragments": [_json(fetched) for fetched in found]})
        return 0
    new = sum(not fetched.was_there for fetched in found)
    fragments = counted(new, "fragment")
    print(f"fetched {fragments}, {len(found) - new} were there")
    return 0


@dataclass
class _Progress:
    """Tells what has come: at a terminal how many of how many, in one line; else a line each."""

    total: int
    is_silent: bool
    count: int = 0
    mutex: Mutex = field(default_factory=Mutex)

    def tell(self, fetched: Fetched) -> None:
        entry = fetched.entry
        with self.mutex:
            self.count += 1
            if sys.stderr.isatty():
                line = f"tapsmith: {self.count}/{self.total} {entry.name} {entry['version']}"
                print(f"\r\033[K{line[:79]}", end="", file=sys.stderr, flush=True)
            elif not (self.is_silent or fetched.was_there):
                print(f"{entry.name} {entry['version']} ({entry.told})", flush=True)

    def end(self) -> None:
        if self.count and sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _json(fetched: Fetched) -> dict[str, object]:
    entry = fetched.entry
    return {
        "fragment": entry.name,
        "version": entry["version"],
        "origin": entry.told,
        "sha256": entry["sha256"],
        "was_there": fetched.was_there,
    }
