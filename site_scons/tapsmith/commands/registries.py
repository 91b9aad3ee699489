"""What the commands that write to a registry share: how one is named, and taking versions back."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from tapsmith.commands.output import print_json, say
from tapsmith.commands.shared import Run, Subparsers, add_command, add_json, project_root
from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.packages.project import PROJECT_FILE, load_project
from tapsmith.packages.registry_write import Sign, Writable, yank
from tapsmith.signing.layout import is_signed
from tapsmith.versions import MalformedError, Version
from tapsmith.words import FRAGMENT_NAME

KEY_VARIABLE = "TAPSMITH_KEY"


def add_registry(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand `--registry`."""
    parser.add_argument(
        "--registry",
        required=True,
        metavar="NAME|DIRECTORY",
        help=f"a registry of {PROJECT_FILE}, or the directory of one",
    )


def find_registry(text: str) -> Writable:
    """Return the registry of this project that is called so, else the one in that directory.

    TapsmithError: `unknown-registry`, also for one on a web server, and what tapsmith.yaml has wrong.
    """
    registries = {known.name: known for known in load_project(project_root()).registries}
    if known := registries.get(text):
        if known.directory:
            return Writable(text, known.directory)
        message = f"registry `{text}` is on a web server, which takes nothing"
        raise fail("unknown-registry", message, known.place, "give the directory that it is served from")
    if "/" not in text and not Path(text).is_dir():
        mend = did_you_mean(text, registries) or f"list it in {PROJECT_FILE}, or give its directory"
        raise fail("unknown-registry", f"there is no registry `{text}` here", mend=mend)
    return Writable(text, Path(text))


def add_key(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand that writes to a registry `--key`."""
    parser.add_argument(
        "--key",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="a private key to sign with, where the registry is signed (default: what TAPSMITH_KEY names)",
    )


def find_signer(directory: Path, files: Sequence[Path]) -> Sign | None:
    """Return what signs a registry by the keys in files; None where it is not signed.

    TapsmithError: `key-needed`, `bad-key`, `bad-signature`.
    """
    if not is_signed(directory):
        return None
    # Here, since few registries are signed, and the import takes a while.
    from tapsmith.signing.keys import load_keys
    from tapsmith.signing.roots import signer

    return signer(directory, load_keys(key_files(files)))


def key_files(files: Sequence[Path]) -> Sequence[Path]:
    """Return the files of keys that are given, else those that the environment names."""
    named = os.environ.get(KEY_VARIABLE, "").split(os.pathsep)
    return files or [Path(name) for name in named if name]


def add_mark(
    subparsers: Subparsers, name: str, run: Run, summary: str, example: str
) -> argparse.ArgumentParser:
    """Declare a subcommand about one version in a registry."""
    parser = add_command(subparsers, name, run, summary, example)
    parser.add_argument("release", metavar="FRAGMENT@VERSION", help="a version in the registry")
    add_registry(parser)
    add_key(parser)
    add_json(parser)
    return parser


def mark(options: argparse.Namespace, reason: str | None) -> int:
    """Yank a version, or take that back without a reason; print what came of it."""
    name, version = _release(options.release)
    registry = find_registry(options.registry)
    sign = find_signer(registry.directory, options.key)
    changed = yank(registry.directory, name, str(version), reason, say, sign)
    if options.json:
        told = {"name": name, "version": str(version), "registry": registry.name}
        print_json(told | {"yanked": reason, "changed": changed})
        return 0
    state = "not yanked" if reason is None else f"yanked: {reason}"
    print(f"{name} {version} in registry {registry.name} is {'now' if changed else 'already'} {state}")
    return 0


def _release(text: str) -> tuple[str, Version]:
    name, _, version = text.partition("@")
    try:
        return FRAGMENT_NAME.parse(name), Version.parse(version)
    except MalformedError as error:
        raise fail("bad-need", str(error), mend="write FRAGMENT@VERSION, such as maps@1.3.0") from None
