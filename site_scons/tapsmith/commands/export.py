"""`tapsmith export`: a registry as an OCI image layout, to be copied into an OCI registry."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from tapsmith.commands.output import counted, print_json, say
from tapsmith.commands.registries import find_registry
from tapsmith.commands.shared import Subparsers, add_command, add_json, project_root, shown
from tapsmith.diagnostics import fail
from tapsmith.packages.oci_layout import export
from tapsmith.packages.project import PROJECT_FILE, load_project


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "export",
        _run,
        "write a registry as an OCI image layout, for an OCI registry",
        "tapsmith export ../registry layout && skopeo copy --all oci:layout docker://example.org/fragments",
    )
    help_text = f"a registry of {PROJECT_FILE} that is in a directory, or that directory"
    parser.add_argument("registry", metavar="NAME|DIRECTORY", help=help_text)
    help_text = "where the layout is, or is to be: then only what is new is written"
    parser.add_argument("layout", metavar="LAYOUT", help=help_text)
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    made = export(_find(options.registry), Path(options.layout), say)
    if options.json:
        print_json(asdict(made) | {"directory": shown(made.directory)})
        return 0
    fragments = counted(made.fragments, "fragment")
    versions = counted(made.versions, "version")
    print(f"{shown(made.directory)}: {fragments} in {versions}, {made.new_blobs} new files ", end="")
    print(f"({made.new_bytes} bytes), {made.digest}")
    return 0


def _find(text: str) -> Path:
    for known in load_project(project_root()).registries:
        if known.name == text and not known.directory:
            mend = f"`tapsmith mirror {text} DIRECTORY`, then export that"
            raise fail("unknown-registry", f"registry `{text}` is on a server", known.place, mend)
    return find_registry(text).directory
