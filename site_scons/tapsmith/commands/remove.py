"""`tapsmith remove`: a probe needs one fragment less."""

from __future__ import annotations

import argparse

from tapsmith.commands.editing import edit_needs, need_of
from tapsmith.commands.obtaining import place_of
from tapsmith.commands.output import print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, add_probe, find_probe
from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.needs import drop_need
from tapsmith.probe import load_probe


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    remove = add_command(
        subparsers, "remove", _run, "take a fragment out of a probe's needs", "tapsmith remove stats fileio"
    )
    remove.add_argument("fragment", metavar="FRAGMENT", help="one of the probe's needs")
    add_probe(remove, optional=True)
    add_json(remove)


def _run(options: argparse.Namespace) -> int:
    probe = load_probe(find_probe(options.probe))
    name = options.fragment
    if not need_of(probe, name):
        mend = did_you_mean(name, [need.name for need in probe.needs])
        raise fail("unknown-need", f"{probe.name} does not need `{name}`", probe.at("needs"), mend)
    edit = edit_needs(probe, name, lambda text: drop_need(text, name))
    if options.json:
        print_json(edit.as_json())
        return 0
    print(f"{probe.name} no longer needs {name} {edit.before}")
    if edit.requests:
        by = ", ".join(f"{r.by} requires it ({place_of(r, r.by, edit.origins)})" for r in edit.requests)
        print(f"{name} stays in as a dependency: {by}")
    edit.tell()
    return 0
