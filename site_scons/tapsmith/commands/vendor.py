"""`tapsmith vendor`: registries in a directory, with just what locks need."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tapsmith.commands.locks import add_probes, demand_locks, find_probes
from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.output import counted, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, project_root, shown
from tapsmith.diagnostics import fail
from tapsmith.network import Network
from tapsmith.packages.fetching import wanted
from tapsmith.packages.lock import Entry
from tapsmith.packages.project import PROJECT_FILE
from tapsmith.packages.registry import Registry
from tapsmith.packages.vendoring import Vendored, vendor


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "vendor",
        _run,
        "write registries with just what locks need, to be used in place of the original ones",
        "tapsmith vendor third_party",
    )
    help_text = "where they go, each in a directory of its name"
    parser.add_argument("directory", metavar="DIRECTORY", help=help_text)
    add_probes(parser)
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    things = wanted(demand_locks(find_probes(options.probes)))
    sources = open_sources(Network.OPEN)
    registries: dict[str, Registry] = {}
    entries: dict[str, list[Entry]] = {}
    for probe, entry in things:
        if entry.origin == "registry":
            name = entry["registry"]
            known = {registry.name: registry for registry in sources.registries(probe)}
            if name not in known:
                message = f"{PROJECT_FILE} names no registry `{name}`"
                raise fail("unknown-registry", message, entry.place, f"list it in {PROJECT_FILE}")
            registries.setdefault(name, known[name])
            entries.setdefault(name, []).append(entry)
    root = Path(options.directory)
    made = [vendor(registries[name], found, root / name) for name, found in sorted(entries.items())]
    others = [entry for _, entry in things if entry.origin != "registry"]
    if options.json:
        print_json({"registries": [_json(one) for one in made], "left_out": [_told(e) for e in others]})
    else:
        _print(made, others)
    return 0


def _print(made: list[Vendored], others: list[Entry]) -> None:
    for one in made:
        count = len(one.entries)
        fragments = counted(count, "fragment")
        print(f"{shown(one.directory)}: {fragments} of registry {one.name}, {one.size} bytes")
    for entry in others:
        print(f"not in it: {entry.name} {entry['version']} ({entry.told})")
    if made:
        print(f"in {PROJECT_FILE}, for builds that need nothing else:\nregistries:")
    for one in made:
        print(f"  {one.name}: {{path: {os.path.relpath(one.directory, project_root())}}}")


def _json(one: Vendored) -> dict[str, object]:
    return {
        "registry": one.name,
        "directory": shown(one.directory),
        "size": one.size,
        "fragments": [_told(entry) for entry in one.entries],
    }


def _told(entry: Entry) -> dict[str, str]:
    return {"fragment": entry.name, "version": entry["version"], "origin": entry.told}
