"""`tapsmith tree`: what a probe needs, and what that requires."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from tapsmith.commands.obtaining import find_dependencies
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import (
    Subparsers,
    add_command,
    add_json,
    add_probe,
    origin_of,
    shown,
    when_text,
)
from tapsmith.dependencies import Dependencies, Edge

_TREE = "tree"


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers, "tree", _run, "show what a probe needs, and what that requires", "tapsmith tree fileio"
    )
    add_probe(parser, optional=True)
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    found = find_dependencies(options.probe)
    if options.json:
        print_json(_json(found))
        return 0
    probe = found.resolution.probe
    print(f"{paint(probe.name, 'bold')} ({shown(probe.directory)})")
    for line in _lines(found, probe.label, "", set()):
        print(line)
    return 0


def _lines(found: Dependencies, part: str, indent: str, expanded: set[str]) -> Iterator[str]:
    edges = found.of(part)
    for edge in edges:
        is_last = edge is edges[-1]
        repeated = edge.to in expanded and found.of(edge.to)
        mark = paint(" (*)", "dim") if repeated else ""
        yield f"{indent}{'└── ' if is_last else '├── '}{_text(found, edge)}{mark}"
        if edge.to not in expanded:
            expanded.add(edge.to)
            yield from _lines(found, edge.to, indent + ("    " if is_last else "│   "), expanded)


def _text(found: Dependencies, edge: Edge) -> str:
    fragment = found.fragment(edge.to)
    origin = found.origins.get(fragment.name) or origin_of(fragment)
    text = f"{fragment.name} {fragment.version}"
    if origin != _TREE:
        text += f" ({origin})"
    if edge.choice:
        text += f" as {edge.requirement.name}, {edge.choice}"
    return text + when_text(edge)


def _json(found: Dependencies) -> dict[str, Any]:
    probe = found.resolution.probe
    fragments = [
        {
            "name": fragment.name,
            "version": str(fragment.version),
            "origin": found.origins.get(fragment.name) or origin_of(fragment),
            "requires": [edge_json(edge) for edge in found.of(fragment.name)],
        }
        for fragment in found.resolution.fragments
    ]
    needs = [edge_json(edge) for edge in found.of(probe.label)]
    return {"probe": probe.name, "directory": shown(probe.directory), "needs": needs, "fragments": fragments}


def edge_json(edge: Edge) -> dict[str, Any]:
    """Return a requirement as JSON has it: `name` is what was asked for, `fragment` what that is."""
    requirement = edge.requirement
    return {
        "name": requirement.name,
        "fragment": edge.to,
        "range": str(requirement.range),
        "when": dict(edge.when),
        "choice": edge.choice,
        "file": shown(requirement.place.file),
        "line": requirement.place.line,
    }
