"""`tapsmith bundle`: one file that runs a probe on machines without tapsmith."""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path

from tapsmith import atomic
from tapsmith.bundled.index import FILE, Held, Index, write_index
from tapsmith.commands.obtaining import obtain_probe
from tapsmith.commands.output import print_json, say
from tapsmith.commands.sbom import bill_of
from tapsmith.commands.shared import Subparsers, add_command, add_json, add_probe, find_probe, shown
from tapsmith.commands.shipping import add_kernels, built_modules, signing_key, targets_of
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.kernel import Target
from tapsmith.kernelcache import release_key
from tapsmith.packages.obtaining import Obtained
from tapsmith.probe import load_probe
from tapsmith.running.module_file import parse_module
from tapsmith.shipping.bundle import pack_bundle


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "bundle",
        _run,
        "write one executable file with a probe's modules and the runner, for machines with Python only",
        "tapsmith bundle fileio --kernel 6.1-cloud,6.12-cloud",
    )
    add_probe(parser, optional=True)
    add_kernels(parser)
    parser.add_argument(
        "-o", dest="output", type=Path, metavar="FILE", help="write it there (default: PROBE.pyz)"
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    probe = load_probe(find_probe(options.probe))
    output: Path = options.output or Path(f"{probe.name}.pyz")
    if output.is_dir():
        raise fail("cannot-write", f"{output} is a directory", mend="name a file with -o")
    signing = signing_key(options)
    obtained = obtain_probe(probe)
    targets = sorted(targets_of(options), key=lambda target: release_key(target.release))
    files: dict[str, bytes] = {}
    modules = []
    for target, path, module in built_modules(probe, targets, signing):
        held = _held(target, path, module, _bill(obtained, target, path.read_bytes(), files))
        files[held.file] = module
        modules.append(held)
    index = Index(probe.name, str(probe.version or ""), probe.summary, modules)
    files[FILE] = write_index(index).encode()
    _write(output, pack_bundle(files))
    if options.json:
        digest = hashlib.sha256(output.read_bytes()).hexdigest()
        kernels = [held.release for held in modules]
        print_json({"file": shown(output), "sha256": digest, "kernels": kernels})
    else:
        print(shown(output))
    return 0


def _held(target: Target, path: Path, module: bytes, sbom: str) -> Held:
    told = parse_module(path, module)
    return Held(
        release=target.release,
        vermagic=told.vermagic,
        file=f"modules/{target.release}/{path.name}",
        sha256=hashlib.sha256(module).hexdigest(),
        signer=told.signer or "",
        sbom=sbom,
    )


def _bill(obtained: Obtained, target: Target, module: bytes, files: dict[str, bytes]) -> str:
    """Put the bill of materials of a module into `files`, and return its name: empty without the library."""
    try:
        text = bill_of(obtained, target, module)
    except TapsmithError as error:
        if error.codes != ("missing-tool",):
            raise
        say(f"without bills of materials: {error.problems[0].message}")
        return ""
    name = f"sbom/{target.release}.cdx.json"
    files[name] = text.encode()
    return name


def _write(output: Path, data: bytes) -> None:
    draft = output.with_name(f".{output.name}.part")
    try:
        atomic.write_bytes(draft, data, output.parent)
        draft.chmod(0o755)
        os.rename(draft, output)
    except OSError as error:
        raise fail("cannot-write", f"cannot write {output}: {error.strerror}") from None
