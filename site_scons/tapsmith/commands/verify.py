"""`tapsmith verify`: whether the cache has what locks name, and whole."""

from __future__ import annotations

import argparse

from tapsmith.commands.locks import Trees, add_probes, demand_locks, find_probes
from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json
from tapsmith.packages.verifying import Checked, verify


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "verify",
        _run,
        "check the hashes of all that locks name; exit with 1 where something is missing or damaged",
        "tapsmith verify fileio",
    )
    add_probes(parser)
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    locks = demand_locks(find_probes(options.probes))
    sources, trees = open_sources(), Trees()
    checked = [one for probe, lock in locks.items() for one in verify(probe, lock, trees.of(probe), sources)]
    wrong = [one for one in checked if one.wrong]
    if options.json:
        print_json({"fragments": [_json(one) for one in checked]})
    else:
        for one in wrong:
            entry = one.entry
            head = f"{one.probe.name}: {entry.name} {entry['version']} ({entry.told})"
            print(f"{paint(head, 'red')}: {one.wrong}")
        print(f"{len(checked) - len(wrong)} of {len(checked)} are as their locks say")
        if wrong:
            print("`tapsmith fetch` brings what can be had again")
    return 1 if wrong else 0


def _json(one: Checked) -> dict[str, str | None]:
    entry = one.entry
    return {
        "probe": one.probe.name,
        "fragment": entry.name,
        "version": entry["version"],
        "origin": entry.told,
        "wrong": one.wrong,
    }
