"""`tapsmith why`: who asked for a fragment, and where."""

from __future__ import annotations

import argparse
from itertools import islice

from tapsmith.commands.obtaining import find_dependencies, place_of
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import (
    Subparsers,
    add_command,
    add_json,
    add_probe,
    when_text,
)
from tapsmith.commands.tree import edge_json
from tapsmith.dependencies import Dependencies, Edge
from tapsmith.diagnostics import TapsmithError, did_you_mean, fail

_MOST = 50


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "why",
        _run,
        "tell why a fragment is in a probe: the shortest ways to it, with ranges and places",
        "tapsmith why locking fileio",
    )
    parser.add_argument("fragment", metavar="FRAGMENT", help="a fragment, or a virtual name")
    add_probe(parser, optional=True)
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    found = find_dependencies(options.probe)
    probe = found.resolution.probe
    name = _fragment(found, options.fragment)
    fragment = found.fragment(name)
    ways = list(islice(found.ways(name), _MOST + 1))
    if options.json:
        told = [[{"by": _by(found, edge), **edge_json(edge)} for edge in way] for way in ways[:_MOST]]
        print_json({"probe": probe.name, "fragment": name, "version": str(fragment.version), "ways": told})
        return 0
    print(f"{paint(name, 'bold')} {fragment.version} is in {probe.name}, because")
    print("\nand because\n".join("\n".join(_sentence(found, edge) for edge in way) for way in ways[:_MOST]))
    if len(ways) > _MOST:
        print(f"\nand there are more than {_MOST} ways")
    return 0


def _sentence(found: Dependencies, edge: Edge) -> str:
    verb = "needs" if edge.by == found.resolution.probe.label else "requires"
    asked = f"{edge.requirement.name} {edge.requirement.range}"
    choice = f", which is {edge.to}: {edge.choice}" if edge.choice else ""
    if len(edge.providers) > 1:
        choice += f" of {len(edge.providers)} ({', '.join(edge.providers)})"
    place = paint(f"({place_of(edge.requirement, edge.by, found.origins)})", "dim")
    return f"  {_by(found, edge)} {verb} {asked}{when_text(edge)}{choice} {place}"


def _by(found: Dependencies, edge: Edge) -> str:
    probe = found.resolution.probe
    return probe.name if edge.by == probe.label else edge.by


def _fragment(found: Dependencies, name: str) -> str:
    """Return the fragment that `name` is, or is provided by, in this probe."""
    for edge in found.edges:
        if name in (edge.to, edge.requirement.name):
            return edge.to
    raise _not_in(found, name)


def _not_in(found: Dependencies, name: str) -> TapsmithError:
    probe = found.resolution.probe
    known = [fragment.name for fragment in found.resolution.fragments]
    mend = did_you_mean(name, known) or f"`tapsmith tree {probe.name}` shows all that is in"
    return fail("not-in-probe", f"fragment `{name}` is not in {probe.name}", mend=mend)
