"""`tapsmith fetch-kernel`: headers and bootable image of kernels, into the cache, without root."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tapsmith import debian
from tapsmith.commands.output import print_error, print_json, problem_json, say
from tapsmith.commands.shared import Subparsers, add_command, add_json, shown
from tapsmith.diagnostics import TapsmithError
from tapsmith.kernelcache import CachedKernel


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "fetch-kernel",
        _run,
        "bring headers and bootable image of one of Debian's kernels into the cache, without root",
        "tapsmith fetch-kernel 6.12-rt",
    )
    parser.add_argument(
        "kernels",
        metavar="KERNEL",
        nargs="+",
        help="a short name, such as 6.12-rt or 6.1-cloud-arm64, or a release",
    )
    parser.add_argument("--headers-only", action="store_true", help="leave the image out: nothing is to boot")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    """Fetch each; one that fails stops no other."""
    found: list[CachedKernel] = []
    errors: list[TapsmithError] = []
    for name in options.kernels:
        try:
            found.append(debian.fetch(name, image=not options.headers_only, progress=say))
        except TapsmithError as error:
            errors.append(error)
    if options.json:
        problems = [problem_json(problem) for error in errors for problem in error.problems]
        print_json({"kernels": list(map(_json, found)), "errors": problems})
    else:
        for kernel in found:
            print(f"{kernel.release} ({kernel.version})\n  headers  {shown(kernel.headers)}")
            if kernel.image:
                print(f"  image    {shown(kernel.image)}")
        sys.stdout.flush()
        for refused in errors:
            print_error(refused)
    return 2 if errors else 0


def _json(kernel: CachedKernel) -> dict[str, Any]:
    return {
        "release": kernel.release,
        "version": kernel.version,
        "headers": shown(kernel.headers),
        "image": shown(kernel.image) if kernel.image else None,
    }
