"""`tapsmith pack`: a fragment as one file."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from tapsmith.commands.output import print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, load_library, no_fragment
from tapsmith.diagnostics import Place, fail
from tapsmith.packages.additions import pack_fragment
from tapsmith.packages.content import fragment_digest


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    pack = add_command(
        subparsers,
        "pack",
        _run,
        "write a fragment to an archive, always the same for the same content",
        "tapsmith pack maps -o dist",
    )
    pack.add_argument("fragment", metavar="FRAGMENT", help="a fragment of this tree")
    pack.add_argument("-o", dest="directory", default="dist", metavar="DIR", help="default: %(default)s")
    add_json(pack)


def _run(options: argparse.Namespace) -> int:
    fragments = load_library().fragments
    fragment = fragments.get(options.fragment)
    if fragment is None:
        raise no_fragment(options.fragment, fragments)
    data = pack_fragment(fragment)
    path = Path(options.directory) / f"{fragment.name}-{fragment.version}.tar.gz"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise fail("cannot-write", message, Place(path), "see who may write there") from None
    archive = hashlib.sha256(data).hexdigest()
    if options.json:
        told = {"name": fragment.name, "version": str(fragment.version), "file": str(path)}
        print_json(told | {"archive": archive, "size": len(data), "sha256": fragment_digest(fragment)})
    else:
        print(f"{archive}  {path}")
    return 0
