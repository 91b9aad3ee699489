"""`tapsmith doctor`: what this machine lacks."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json
from tapsmith.doctor.checks import BUILD, GUESTS, LOAD, check_machine
from tapsmith.doctor.surroundings import Finding, State, look

_STYLES: dict[State, str] = {"ok": "green", "warn": "yellow", "bad": "red"}
_TITLES = {
    BUILD: "To build modules",
    GUESTS: "To run them in guests (test, try)",
    LOAD: "To load them into this machine's kernel (run)",
}


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    doctor = add_command(
        subparsers,
        "doctor",
        _run,
        "check what this machine has to build, to run guests and to load modules; tell what mends the rest",
        "tapsmith doctor",
    )
    add_json(doctor)


def _run(options: argparse.Namespace) -> int:
    findings = check_machine(look())
    if options.json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        print("\n".join(lines_of(findings)))
    return int(any(finding.state == "bad" for finding in findings))


def lines_of(findings: tuple[Finding, ...]) -> list[str]:
    """Return the lines that tell of findings, for people."""
    lines: list[str] = []
    width = max(len(finding.name) for finding in findings)
    for area, title in _TITLES.items():
        lines += [*([""] if lines else []), title]
        for finding in (one for one in findings if one.area == area):
            word = paint(f"{finding.state:4}", _STYLES[finding.state])
            lines.append(f"  {word}  {finding.name:{width}}  {finding.message}")
            if finding.mend and finding.state != "ok":
                lines.append(f"        mend: {finding.mend}")
    return lines
