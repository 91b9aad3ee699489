"""`tapsmith outdated`: which locked versions are not the newest, or yanked."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tapsmith.commands.locks import Trees, add_probes, demand_locks, find_probes
from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.output import print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json
from tapsmith.network import Network
from tapsmith.packages.lock import Entry, Lock, kept
from tapsmith.packages.obtaining import afresh
from tapsmith.packages.sources import Sources
from tapsmith.probe import Probe
from tapsmith.resolver.universe import Release
from tapsmith.versions import Version


@dataclass(frozen=True)
class Row:
    """A locked version, the newest that all ranges of the probe allow, and the newest at all.

    `yanked` is why nobody should take the locked one any more, or None.
    """

    probe: str
    fragment: str
    locked: Version
    allowed: Version | None
    newest: Version | None
    yanked: str | None


_HEAD = ("probe", "fragment", "locked", "allowed", "newest", "")


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    outdated = add_command(
        subparsers,
        "outdated",
        _run,
        "list locked versions for which there are newer ones, or which have been yanked",
        "tapsmith outdated fileio",
    )
    add_probes(outdated)
    add_json(outdated)


def _run(options: argparse.Namespace) -> int:
    locks = demand_locks(find_probes(options.probes))
    sources, trees = open_sources(Network.OPEN), Trees()
    rows = []
    for probe, lock in locks.items():
        rows += list(_rows(probe, lock, sources, trees))
    if options.json:
        print_json({"outdated": [_json(row) for row in rows]})
    elif rows:
        _print(rows)
    else:
        print("nothing is outdated")
    return 0


def _rows(probe: Probe, lock: Lock, sources: Sources, trees: Trees) -> Iterator[Row]:
    tree = trees.of(probe)
    requests = afresh(probe, tree, sources, lock).resolution.reached
    layers = sources.layers(probe, tree, kept(lock)[1])
    for name, entry in lock.entries.items():
        releases = [release for release in layers.releases(name) if entry.origin == "registry"]
        usable = [r for r in releases if r.yanked is None and _is_steady(r, entry)]
        allowed = [r for r in usable if all(q.range.contains(r.version) for q in requests.get(name, ()))]
        yanked = next((r.yanked for r in releases if r.version == entry.version), None)
        newest, best = _first(usable), _first(allowed)
        assert entry.version or not releases
        if entry.version and releases and (yanked is not None or (newest and newest > entry.version)):
            yield Row(probe.name, name, entry.version, best, newest, yanked)


def _is_steady(release: Release, entry: Entry) -> bool:
    """Tell whether a release counts as newer: a candidate does only for who has one."""
    return not release.version.prerelease or bool(entry.version and entry.version.prerelease)


def _first(releases: list[Release]) -> Version | None:
    return releases[0].version if releases else None


def _print(rows: list[Row]) -> None:
    lines = [_HEAD, *(_words(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    for line in lines:
        print("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())


def _words(row: Row) -> tuple[str, ...]:
    note = "" if row.yanked is None else f"yanked: {row.yanked or 'no reason is given'}"
    return (row.probe, row.fragment, str(row.locked), str(row.allowed or "-"), str(row.newest or "-"), note)


def _json(row: Row) -> dict[str, Any]:
    return {
        "probe": row.probe,
        "fragment": row.fragment,
        "locked": str(row.locked),
        "allowed": str(row.allowed) if row.allowed else None,
        "newest": str(row.newest) if row.newest else None,
        "yanked": row.yanked,
    }
