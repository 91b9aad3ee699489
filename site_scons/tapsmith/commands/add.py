"""`tapsmith add`: a probe needs one fragment more, or another range of one."""

from __future__ import annotations

import argparse

from tapsmith.commands.editing import Edit, edit_needs, need_of
from tapsmith.commands.obtaining import known_releases
from tapsmith.commands.output import print_json
from tapsmith.commands.shared import (
    Subparsers,
    add_command,
    add_json,
    add_probe,
    find_probe,
    newest_range,
)
from tapsmith.diagnostics import fail
from tapsmith.needs import set_need
from tapsmith.probe import Probe, load_probe
from tapsmith.versions import MalformedError, Range
from tapsmith.words import FRAGMENT_NAME


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    add = add_command(
        subparsers,
        "add",
        _run,
        "let a probe need a fragment, or change the range of one that it needs",
        "tapsmith add 'maps@>=1.0, <2' fileio",
    )
    help_text = "a fragment, or a virtual name; the default range is ^ and the newest version known"
    add.add_argument("fragment", metavar="FRAGMENT[@RANGE]", help=help_text)
    add_probe(add, optional=True)
    add_json(add)


def _run(options: argparse.Namespace) -> int:
    name, wanted = _parsed(options.fragment)
    probe = load_probe(find_probe(options.probe))
    wanted = _wanted(probe, name, wanted)
    edit = edit_needs(probe, name, lambda text: set_need(text, name, wanted))
    if options.json:
        print_json(edit.as_json())
    else:
        print(_told(edit))
        edit.tell()
    return 0


def _told(edit: Edit) -> str:
    name, fragment = edit.probe.name, edit.fragment
    if edit.before is None:
        return f"{name} needs {fragment} {edit.after}"
    if edit.before == edit.after:
        return f"{name} needs {fragment} {edit.after} already"
    return f"{name} needs {fragment} {edit.after}, no longer {edit.before}"


def _parsed(text: str) -> tuple[str, str | None]:
    """Return name and range of FRAGMENT[@RANGE]; None where no range is given."""
    name, at, wanted = text.partition("@")
    try:
        FRAGMENT_NAME.parse(name)
    except MalformedError as error:
        raise fail("bad-name", str(error), mend=error.mend) from None
    try:
        return name, str(Range.parse(wanted)) if at else None
    except MalformedError as error:
        raise fail("bad-range", str(error), mend=error.mend) from None


def _wanted(probe: Probe, name: str, wanted: str | None) -> str:
    """Return the range to write: one that a release known here is in."""
    need = need_of(probe, name)
    if need and (wanted is None or need.origin):
        return wanted or str(need.range)
    universe = known_releases(probe)
    default = newest_range(universe, name)
    if wanted is None:
        return default
    versions = [release.version for release in universe.releases(name) if release.yanked is None]
    if default == "*" and wanted != "*":
        message = f"`{name}` is a virtual name and has no version for {wanted} to hold of"
        raise fail("version-mismatch", message, mend=f"tapsmith add {name}")
    if versions and not any(Range.parse(wanted).contains(version) for version in versions):
        known = ", ".join(map(str, versions))
        message = f"no version of `{name}` known here is in {wanted}: there is {known}"
        raise fail("version-mismatch", message, mend=f"tapsmith add {name}@{default}")
    return wanted
