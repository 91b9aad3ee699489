"""`tapsmith publish`: fragments of this tree into a registry."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from tapsmith.commands.output import paint, print_json, say
from tapsmith.commands.registries import add_key, add_registry, find_registry, find_signer
from tapsmith.commands.shared import (
    Subparsers,
    add_command,
    add_json,
    load_library,
    no_fragment,
    origin_of,
)
from tapsmith.diagnostics import Place, fail
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import find_target
from tapsmith.kernelcache import cache_dir
from tapsmith.library import Library
from tapsmith.manifest import Fragment
from tapsmith.packages.additions import Addition
from tapsmith.packages.registry_write import make_registry, publish
from tapsmith.publishing.review import review


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "publish",
        _run,
        "check fragments of this tree and put them into a registry, where a version never changes",
        "tapsmith publish spikes --registry main --dry-run",
    )
    parser.add_argument(
        "fragments",
        nargs="+",
        metavar="FRAGMENT",
        help="a fragment of this tree; those it requires may go along",
    )
    add_registry(parser)
    add_key(parser)
    parser.add_argument("--dry-run", action="store_true", help="run every check, and write nothing")
    parser.add_argument("--create", action="store_true", help="make the registry if its directory has none")
    parser.add_argument("--kernel", help="the kernel to compile a probe for (default: as scons has it)")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    library = load_library()
    fragments = [_fragment(name, library) for name in dict.fromkeys(options.fragments)]
    where = find_registry(options.registry)
    is_new = not (where.directory / "config.json").exists()
    if is_new and not options.create:
        message = f"there is no registry in {where.directory}"
        raise fail(
            "registry-unreachable", message, Place(where.directory), "correct the path; `--create` makes one"
        )

    sign = None if options.dry_run else find_signer(where.directory, options.key)

    @cache
    def facts() -> Facts:
        return load_facts(find_target(options.kernel, progress=say), cache_dir(), progress=say)

    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        # The checks need a registry, and nothing is written before they have passed.
        checked = replace(where, directory=Path(scratch)) if is_new else where
        if is_new:
            make_registry(checked.directory, where.name)
        additions = review(fragments, library, checked, facts, cache_dir(), say)
    if not options.dry_run:
        if is_new:
            make_registry(where.directory, where.directory.resolve().name)
        additions = publish(where.directory, [addition.fragment for addition in additions], say, sign)
    _tell(additions, options)
    return 0


def _fragment(name: str, library: Library) -> Fragment:
    if name not in library.fragments:
        raise no_fragment(name, library.names())
    fragment = library.fragments[name]
    if origin_of(fragment) != "tree":
        message = f"`{name}` is shipped with tapsmith: it is not this tree's to publish"
        raise fail("shipped-fragment", message, fragment.place, "publish it under a name of your own")
    return fragment


def _tell(additions: Sequence[Addition], options: argparse.Namespace) -> None:
    if options.json:
        published = [_json(addition) for addition in additions]
        print_json({"registry": options.registry, "dry_run": options.dry_run, "published": published})
        return
    for addition in additions:
        name = f"{paint(addition.fragment.name, 'bold')} {addition.fragment.version}"
        if addition.known is not None:
            yanked = "" if addition.known.yanked is None else f" and was yanked: {addition.known.yanked}"
            print(f"{name} is in registry {options.registry} already{yanked}; there is nothing to do")
        else:
            done = "would go" if options.dry_run else "went"
            size = f"{len(addition.data)} bytes, SHA-256 {addition.archive}"
            print(f"{name} {done} into registry {options.registry}: {size}")


def _json(addition: Addition) -> dict[str, Any]:
    known = addition.known
    return {
        "name": addition.fragment.name,
        "version": str(addition.fragment.version),
        "archive": known.archive if known else addition.archive,
        "size": known.size if known else len(addition.data),
        "sha256": addition.sha256,
        "new": known is None,
    }
