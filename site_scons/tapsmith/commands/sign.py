"""`tapsmith sign`: keys, and registries that are signed by them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tapsmith.commands.output import say
from tapsmith.commands.registries import find_registry, key_files
from tapsmith.commands.shared import Subparsers, add_command
from tapsmith.diagnostics import fail

if TYPE_CHECKING:
    from tapsmith.signing.roots import Rule


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "sign",
        _run,
        "make keys, sign a registry, sign it again, or change its keys",
        "tapsmith sign init --registry ../registry --root-key root.key --key main.key",
    )
    parser.add_argument(
        "action",
        choices=sorted(_ACTIONS),
        help="key: make one; init: sign a registry; refresh: for another while; rotate: by other keys",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="of `key`: where to write it")
    parser.add_argument("--passphrase", action="store_true", help="of `key`: ask for one to encrypt it with")
    parser.add_argument(
        "--registry", metavar="NAME|DIRECTORY", help="a registry of tapsmith.yaml, or the directory of one"
    )
    for option, told in (
        ("--key", "a private key that signs what is published"),
        ("--root-key", "a private key that says whose keys count"),
        ("--old-key", "of `rotate`: a key that counted until now, of either kind"),
    ):
        parser.add_argument(option, action="append", type=Path, default=[], metavar="FILE", help=told)
    parser.add_argument(
        "--threshold", type=int, default=1, metavar="N", help="how many root keys must sign (default: 1)"
    )
    parser.add_argument(
        "--days", type=int, default=30, metavar="N", help="how long a signature holds (default: 30 days)"
    )


def _run(options: argparse.Namespace) -> int:
    _ACTIONS[options.action](options)
    return 0


def _key(options: argparse.Namespace) -> None:
    from tapsmith.signing.keys import make_key

    if options.file is None:
        raise fail("bad-key", "there is no file to write the key to", mend="write `tapsmith sign key FILE`")
    keyid = make_key(options.file, options.passphrase)
    print(f"{options.file}: key {keyid}")


def _init(options: argparse.Namespace) -> None:
    from tapsmith.signing.roots import init

    directory = _directory(options)
    root = init(directory, _rule(options), say)
    print(f"{directory} is signed; readers pin {directory / root}")


def _rotate(options: argparse.Namespace) -> None:
    from tapsmith.signing.keys import load_keys
    from tapsmith.signing.roots import rotate

    directory = _directory(options)
    root = rotate(directory, _rule(options), load_keys(options.old_key), say)
    print(f"{directory} is signed by other keys, which {directory / root} names")


def _refresh(options: argparse.Namespace) -> None:
    from tapsmith.signing.keys import load_keys
    from tapsmith.signing.roots import refresh

    directory = _directory(options)
    refresh(directory, load_keys(key_files(options.key)), say)
    print(f"{directory} is signed anew")


def _directory(options: argparse.Namespace) -> Path:
    if options.registry is None:
        mend = "add `--registry NAME|DIRECTORY`"
        raise fail("unknown-registry", f"`tapsmith sign {options.action}` needs a registry", mend=mend)
    return find_registry(options.registry).directory


def _rule(options: argparse.Namespace) -> Rule:
    from tapsmith.signing.keys import load_keys
    from tapsmith.signing.roots import Rule

    root_keys, keys = load_keys(options.root_key), load_keys(key_files(options.key))
    if not keys:
        raise fail("key-needed", "no key is given to sign what is published", mend="add `--key FILE`")
    return Rule(root_keys, keys, options.threshold, options.days)


_ACTIONS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "key": _key,
    "init": _init,
    "refresh": _refresh,
    "rotate": _rotate,
}
