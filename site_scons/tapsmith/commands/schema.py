"""`tapsmith schema`: the JSON Schema by which an editor checks a file."""

from __future__ import annotations

import argparse

from tapsmith.commands.shared import Subparsers, add_command
from tapsmith.json_schema import DOCUMENTS, schema_text


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "schema",
        _run,
        "print the JSON Schema of manifests, probe.yaml or tapsmith.yaml, for editors",
        "tapsmith schema probe",
    )
    parser.add_argument("document", choices=tuple(DOCUMENTS), help="which file: project is tapsmith.yaml")


def _run(options: argparse.Namespace) -> int:
    print(schema_text(options.document), end="")
    return 0
