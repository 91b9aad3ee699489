"""`tapsmith update`: lock newer versions of fragments."""

from __future__ import annotations

import argparse
from collections.abc import Collection

from tapsmith.commands.locks import find_probes, read_locks, relock, show
from tapsmith.commands.shared import Subparsers, add_command, add_json
from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.packages.lock import Lock


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    update = add_command(
        subparsers,
        "update",
        _run,
        "lock the newest versions that the ranges allow, and what branches and tags are now",
        "tapsmith update maps --probe fileio",
    )
    help_text = "update this one, others only where it needs that (default: all)"
    update.add_argument("fragment", nargs="?", metavar="FRAGMENT", help=help_text)
    help_text = "a probe, by directory or name (default: all in probes/)"
    update.add_argument("--probe", action="append", default=[], metavar="PROBE", help=help_text)
    add_json(update)


def _run(options: argparse.Namespace) -> int:
    probes = find_probes(options.probe)
    name = options.fragment
    if name:
        locks = dict(zip(probes, read_locks(probes), strict=True))
        probes = tuple(probe for probe in probes if (lock := locks[probe]) and name in lock.entries)
        if not probes:
            known = {entry for lock in locks.values() if lock for entry in lock.entries}
            mend = did_you_mean(name, known) or "`tapsmith lock` writes locks where there are none"
            raise fail("unknown-fragment", f"no lock here holds a fragment `{name}`", mend=mend)

    def free(lock: Lock) -> Collection[str]:
        return [name] if name else list(lock.entries)

    show(relock(probes, free), options.json)
    return 0
