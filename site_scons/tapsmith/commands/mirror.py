"""`tapsmith mirror`: a copy of a registry that serves as one itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from tapsmith.commands.locks import demand_locks, find_probes
from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.output import counted, print_json, say
from tapsmith.commands.shared import Subparsers, add_command, add_json, project_root, shown
from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.network import Network
from tapsmith.packages.fetching import wanted
from tapsmith.packages.lock import Entry
from tapsmith.packages.mirroring import Mirrored, mirror
from tapsmith.packages.project import PROJECT_FILE, load_project
from tapsmith.packages.registry import Registry


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "mirror",
        _run,
        "copy a registry into a directory, or bring such a copy up to date",
        "tapsmith mirror main /srv/fragments",
    )
    parser.add_argument("registry", metavar="REGISTRY", help=f"a registry of {PROJECT_FILE}")
    help_text = "where the copy is, or is to be; it serves as a registry itself"
    parser.add_argument("directory", metavar="DIRECTORY", help=help_text)
    help_text = "only what the locks of these probes need, beside what the copy has"
    parser.add_argument("--locks", nargs="+", metavar="PROBE", help=help_text)
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    source = _find(options.registry)
    entries = None if options.locks is None else _entries(options.locks, source.name)
    made = mirror(source, Path(options.directory), say, entries)
    if options.json:
        print_json(_json(source, made))
        return 0
    fragments = counted(made.fragments, "fragment")
    versions = counted(made.versions, "version")
    print(f"{shown(made.directory)}: {fragments} of registry {source.name} in {versions}, ", end="")
    print(f"{made.new_archives} of them new ({made.new_bytes} bytes)")
    return 0


def _find(name: str) -> Registry:
    registries = open_sources(Network.OPEN).registries_of(load_project(project_root()))
    for registry in registries:
        if registry.name == name:
            return registry
    mend = did_you_mean(name, [registry.name for registry in registries]) or f"list it in {PROJECT_FILE}"
    raise fail("unknown-registry", f"there is no registry `{name}` here", mend=mend)


def _entries(probes: list[str], registry: str) -> list[Entry]:
    found = (entry for _, entry in wanted(demand_locks(find_probes(probes))))
    return [entry for entry in found if entry.origin == "registry" and entry["registry"] == registry]


def _json(source: Registry, made: Mirrored) -> dict[str, object]:
    return {
        "registry": source.name,
        "directory": shown(made.directory),
        "fragments": made.fragments,
        "versions": made.versions,
        "new_archives": made.new_archives,
        "new_bytes": made.new_bytes,
    }
