"""`tapsmith sbom`: what a probe's module is made of, as a bill of materials."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tapsmith import atomic, kernelcache
from tapsmith.commands.obtaining import obtain_probe
from tapsmith.commands.output import say
from tapsmith.commands.shared import Subparsers, add_command, add_probe, find_probe, origin_of
from tapsmith.dependencies import dependencies
from tapsmith.diagnostics import Place, fail
from tapsmith.identity import identify
from tapsmith.kernel import Target, find_target_here
from tapsmith.packages.content import fragment_digest
from tapsmith.packages.lock_file import LOCK_FILE, read_lock
from tapsmith.packages.obtaining import Obtained
from tapsmith.probe import load_probe

_VERSION = re.compile(r"\d+(?:\.\d+)+")


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "sbom",
        _run,
        "print what a probe's module is made of, as a bill of materials in CycloneDX",
        "tapsmith sbom fileio -o fileio.cdx.json",
    )
    add_probe(parser, optional=True)
    parser.add_argument("--kernel", help="the kernel that the module is for (default: as scons has it)")
    parser.add_argument("-o", dest="output", type=Path, metavar="FILE", help="write it there")


def bill_of(obtained: Obtained, target: Target, module: bytes | None) -> str:
    """Return the bill of a probe's module, or of what it would be made of.

    Raises TapsmithError: missing-tool without the library that writes bills.
    """
    try:
        from tapsmith import sbom  # so that all else works without the library
    except ImportError:
        message = "cyclonedx-python-lib is not installed, which writes bills of materials"
        raise fail("missing-tool", message, mend="pip install 'tapsmith[sbom]'") from None
    lock = read_lock(obtained.resolution.probe.directory / LOCK_FILE)
    entries = lock.entries if lock else {}
    bill = sbom.Bill(
        dependencies=dependencies(obtained.resolution, obtained.library, obtained.origins),
        origins={f.name: obtained.origins.get(f.name) or origin_of(f) for f in obtained.resolution.fragments},
        commits={name: entry["commit"] for name, entry in entries.items() if entry["commit"]},
        module=module,
        release=target.release,
        kernel=sbom.Package(f"linux-headers-{target.release}", *_package(target), _identity(target)),
        tools=tuple(sbom.Package(name, version) for name, version in _tools(target)),
        epoch=_epoch(),
    )
    return sbom.bill_text(bill)


def _run(options: argparse.Namespace) -> int:
    obtained = obtain_probe(load_probe(find_probe(options.probe)))
    target = find_target_here(options.kernel, progress=say)
    text = bill_of(obtained, target, _module(obtained, target))
    if options.output is None:
        print(text, end="")
        return 0
    try:
        atomic.write_text(options.output, text)
    except OSError as error:
        raise fail("cannot-write", f"cannot write {options.output}: {error.strerror}") from None
    return 0


def _module(obtained: Obtained, target: Target) -> bytes | None:
    """Return the module if it is built; one of other fragments is refused."""
    name = obtained.resolution.probe.name
    path = Path("build") / target.release / name / f"{name}.ko"
    if not path.is_file():
        say(f"{path} is not built: its hash is left out")
        return None
    data = path.read_bytes()
    for fragment in obtained.resolution.fragments:
        if f"{fragment.name} {fragment.version} sha256:{fragment_digest(fragment)}".encode() not in data:
            message = f"the module was built with another `{fragment.name}` than the probe has now"
            raise fail("module-outdated", message, Place(path), f"`scons {name}`, then this again")
    return data


def _identity(target: Target) -> str:
    return identify(target, kernelcache.cache_dir())


def _package(target: Target) -> tuple[str, str]:
    """Return version and package URL of Debian's headers; of a tree of one's own the release."""
    for kernel in kernelcache.installed(kernelcache.cache_dir()):
        if kernel.headers.resolve() == target.tree:
            arch, name = kernelcache.architecture(kernel.release), f"linux-headers-{kernel.release}"
            return kernel.version, f"pkg:deb/debian/{name}@{kernel.version}?arch={arch}"
    return target.release, ""


def _tools(target: Target) -> Sequence[tuple[str, str]]:
    """Return the tools that make a module, with their versions as they tell them."""
    found = []
    for name in (target.compiler(), target.tool("as"), target.tool("ld"), "pahole"):
        try:
            done = subprocess.run(
                [name, "--version"], env=target.variables(), capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            continue
        first = (done.stdout or done.stderr).partition("\n")[0]
        found.append((name, (_VERSION.findall(first) or [first.strip().lstrip("v")])[-1]))
    return found


def _epoch() -> int | None:
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(given) if given.isascii() and given.isdigit() else None
