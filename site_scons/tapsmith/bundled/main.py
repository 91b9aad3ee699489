"""The command that a bundle is: run its module for the running kernel, or tell what it holds."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from tapsmith.bundled.index import FILE, Held, Index, damaged, read_index
from tapsmith.diagnostics import TapsmithError
from tapsmith.running.main import add_options, error_line, run_module, status_of, stop_modules
from tapsmith.running.module_file import read_module

NO_MODULE = 119
"""The exit status where the bundle has no module for the kernel."""


def main(archive: Path, arguments: Sequence[str] | None = None) -> int:
    """Do what the options ask of the bundle `archive`, and return the exit status."""
    try:
        with ZipFile(archive) as bundle:
            index = read_index(_read(bundle, FILE).decode("utf-8", "replace"))
            options = _parser(index, archive).parse_args(arguments)
            return _act(bundle, index, options)
    except TapsmithError as error:
        if "--json" in (sys.argv[1:] if arguments is None else arguments):
            print(error_line(error), flush=True)
        else:
            print(error, file=sys.stderr)
        return NO_MODULE if error.codes[0] == "no-module-for-kernel" else status_of(error)
    except KeyboardInterrupt:
        return 130


def _act(bundle: ZipFile, index: Index, options: argparse.Namespace) -> int:
    if options.holds:
        # That each module is whole is part of the answer.
        for held in index.modules:
            _module(bundle, held)
        print(_told(index, options.json))
        return 0
    if options.stop:
        return stop_modules([index.probe], {}, options)
    held = index.choose(options.for_kernel or os.uname().release)
    if options.sbom:
        if not held.sbom:
            print("this bundle was made without a bill of materials", file=sys.stderr)
            return 2
        sys.stdout.write(_read(bundle, held.sbom).decode())
        return 0
    if options.extract:
        options.extract.write_bytes(_module(bundle, held))
        return 0
    # A directory of root's alone: nobody can put another file there before it is loaded.
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        path = Path(scratch) / f"{index.probe}.ko"
        path.write_bytes(_module(bundle, held))
        return run_module(read_module(path), options)


def _module(bundle: ZipFile, held: Held) -> bytes:
    """Return a module's bytes.  Raises TapsmithError: damaged-bundle."""
    data = _read(bundle, held.file)
    if hashlib.sha256(data).hexdigest() != held.sha256:
        raise damaged(f"the module for {held.release} has not the SHA-256 of its index")
    return data


def _read(bundle: ZipFile, name: str) -> bytes:
    try:
        return bundle.read(name)
    except (KeyError, ValueError, NotImplementedError, EOFError, BadZipFile, zlib.error) as error:
        raise damaged(f"{name} cannot be read: {error}") from None


def _parser(index: Index, archive: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=archive.name,
        description=f"{index.summary}. Loads the module {index.probe}, prints what it says, unloads it.",
        epilog=f"exit status {NO_MODULE}: it holds no module for the running kernel",
    )
    add_options(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--holds", action="store_true", help="check and list the modules that are in here")
    what.add_argument("--stop", action="store_true", help="end a run, and unload what a killed one left")
    what.add_argument("--sbom", action="store_true", help="print what the module is made of (CycloneDX)")
    what.add_argument("--extract", type=Path, metavar="FILE", help="write the module to a file")
    help_text = "with --sbom and --extract: of the module for that kernel (default: the running one)"
    parser.add_argument("--for-kernel", metavar="RELEASE", help=help_text)
    return parser


def _told(index: Index, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(index), indent=2, ensure_ascii=False)
    head = f"{index.probe} {index.version}".strip()
    lines = [
        f"  {held.release}  {held.sha256}  {f'signed by {held.signer}' if held.signer else 'not signed'}"
        for held in index.modules
    ]
    return "\n".join([f"{head}: {index.summary}", *lines])
