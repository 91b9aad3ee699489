"""`tapsmith package`: Debian packages of a probe, built or to be built by DKMS."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tapsmith.commands.obtaining import obtain_probe
from tapsmith.commands.output import print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, add_probe, find_probe, shown
from tapsmith.commands.shipping import add_kernels, built_modules, epoch, signing_key, targets_of
from tapsmith.diagnostics import fail
from tapsmith.kernelcache import architecture
from tapsmith.packages.obtaining import Obtained
from tapsmith.probe import load_probe
from tapsmith.shipping.copyright import copyright_of
from tapsmith.shipping.debian_package import DebianPackage, write_package
from tapsmith.shipping.dkms import dkms_package, source_files
from tapsmith.shipping.naming import Identity, identity_of
from tapsmith.shipping.prebuilt import prebuilt_package


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "package",
        _run,
        "write Debian packages of a probe: its module, or source that DKMS builds on the target",
        "tapsmith package fileio --deb --kernel 6.1-cloud,6.12-cloud",
    )
    add_probe(parser, optional=True)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--deb", action="store_true", help="the module, a package for each kernel")
    kind.add_argument(
        "--dkms", action="store_true", help="the source, as a directory, and as a package for every kernel"
    )
    add_kernels(parser)
    parser.add_argument(
        "-o",
        dest="output",
        type=Path,
        default=Path(),
        metavar="DIRECTORY",
        help="where to (default: here)",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    if options.dkms and options.kernel:
        message = "a package for DKMS is for every kernel"
        raise fail("bad-option", message, mend="leave --kernel out, or take --deb")
    probe = load_probe(find_probe(options.probe))
    identity = identity_of(probe)
    signing = None if options.dkms else signing_key(options)
    obtained = obtain_probe(probe)
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".draft-") as scratch:
        drafts = Path(scratch)
        if options.dkms:
            packages = _dkms(obtained, identity, drafts)
        else:
            text = copyright_of(obtained.resolution)
            packages = [
                prebuilt_package(identity, target.release, architecture(target.release), module, text)
                for target, _, module in built_modules(probe, targets_of(options), signing)
            ]
        for package in packages:
            write_package(package, drafts, epoch())
        # All or none: nothing moves before the last is written.
        made = [_put(draft, output) for draft in sorted(drafts.iterdir())]
    _tell(made, packages, options.json)
    return 0


def _dkms(obtained: Obtained, identity: Identity, drafts: Path) -> Sequence[DebianPackage]:
    """Write the source directory, and return the package of it."""
    name = f"{identity.name}-{identity.version}"
    there = drafts.parent / name
    if there.exists() and not (there / "dkms.conf").is_file():
        mend = "move it away, or write elsewhere with -o"
        raise fail("exists", f"{shown(there)} is there, and is no source for DKMS", mend=mend)
    files = source_files(obtained.resolution, identity, copyright_of(obtained.resolution))
    for file, text in files.items():
        path = drafts / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [dkms_package(identity, files)]


def _put(draft: Path, output: Path) -> Path:
    to = output / draft.name
    if to.is_dir():
        shutil.rmtree(to)
    os.rename(draft, to)
    return to


def _tell(made: Sequence[Path], packages: Sequence[DebianPackage], as_json: bool) -> None:
    if not as_json:
        print("\n".join(map(shown, made)))
        return
    by_name = {package.file_name: package for package in packages}
    told = [
        {
            "file": shown(path),
            "package": by_name[path.name].name,
            "version": by_name[path.name].version,
            "architecture": by_name[path.name].architecture,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in made
        if path.name in by_name
    ]
    print_json({"packages": told, "directories": [shown(path) for path in made if path.is_dir()]})
