"""What the commands that make files for other machines share: kernels, keys, times."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tapsmith.commands.building import build_for_each
from tapsmith.commands.output import say
from tapsmith.kernel import Target, find_target, kernels_here
from tapsmith.kernelcache import cache_dir
from tapsmith.module_signing import CERTIFICATE, KEY, SigningKey, load_signing_key
from tapsmith.probe import Probe
from tapsmith.selection import select
from tapsmith.shipping.signed import signed_bytes


def add_kernels(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand the options that say for which kernels, and how modules are signed."""
    parser.add_argument(
        "--kernel",
        metavar="KERNELS",
        help="as scons has KERNEL=: with commas, patterns, `all` (default: one)",
    )
    help_text = "sign the modules with this private key (default: the variable MODULE_SIG_KEY)"
    parser.add_argument("--sign-key", metavar="FILE", default=os.environ.get(KEY), help=help_text)
    help_text = "its certificate (default: the variable MODULE_SIG_CERT)"
    parser.add_argument("--sign-cert", metavar="FILE", default=os.environ.get(CERTIFICATE), help=help_text)


def signing_key(options: argparse.Namespace) -> SigningKey | None:
    """Return the key that the options name.  Raises what `load_signing_key` raises."""
    return load_signing_key(options.sign_key, options.sign_cert)


def targets_of(options: argparse.Namespace) -> tuple[Target, ...]:
    """Return the kernels that the options name, fetched where they are not here."""
    names = [name.strip() for name in options.kernel.split(",")] if options.kernel else []
    chosen = select(names, kernels_here(cache_dir())) if names else (None,)
    found = {target.release: target for target in (find_target(name, progress=say) for name in chosen)}
    return tuple(found.values())


def built_modules(
    probe: Probe, targets: Sequence[Target], signing: SigningKey | None
) -> Iterator[tuple[Target, Path, bytes]]:
    """Build the probe for each kernel; yield where its module is, and the bytes to ship."""
    for target, module in zip(targets, build_for_each(probe, targets, quiet=True), strict=True):
        yield target, module, signed_bytes(module, target, signing)


def epoch() -> int:
    """Return the time that files get: SOURCE_DATE_EPOCH, or the beginning of 1980, which zip can tell."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(given) if given.isascii() and given.isdigit() else 315_532_800
