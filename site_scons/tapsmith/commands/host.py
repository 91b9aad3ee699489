"""`tapsmith host`: a probe's C in an ordinary process."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tapsmith.commands.obtaining import obtain_probe
from tapsmith.commands.output import say
from tapsmith.commands.shared import Subparsers, add_command, add_probe, find_probe, roots_of
from tapsmith.host import CPUS, SANITIZERS, build_host, debug_host, run_host
from tapsmith.probe import load_probe


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    host = add_command(
        subparsers,
        "host",
        _run,
        "run a probe's C in an ordinary process, outside any kernel",
        "tapsmith host fileio --sanitize address",
    )
    add_probe(host)
    host.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of the module")
    host.add_argument(
        "--sanitize",
        default="",
        metavar="LIST",
        help=f"with commas, of {', '.join(SANITIZERS)} (default: none)",
    )
    host.add_argument(
        "--cpus",
        type=int,
        default=CPUS,
        choices=range(1, 65),
        metavar="N",
        help="simulated processors, 1 to 64 (default: %(default)s)",
    )
    host.add_argument(
        "--fail-allocation", type=int, default=0, metavar="N", help="let the Nth allocation of memory fail"
    )
    host.add_argument("--debugger", action="store_true", help="start it in gdb")


def _run(options: argparse.Namespace) -> int:
    probe = load_probe(find_probe(options.probe))
    obtained = obtain_probe(probe)
    if obtained.notice:
        say(obtained.notice)
    resolution = obtained.resolution
    sanitize = tuple(name for name in options.sanitize.split(",") if name)
    built = build_host(resolution, Path("build/host") / probe.name, sanitize=sanitize, cpus=options.cpus)
    print(built.warnings, end="", file=sys.stderr)
    if options.debugger:
        debug_host(built.program, options.parameters, roots_of(probe))
    given = dict(probe.workload.parameters) if probe.workload else {}
    given |= dict(parameter.partition("=")[::2] for parameter in options.parameters)
    run = run_host(built.program, given, fail_allocation=options.fail_allocation)
    for line in run.log:
        print(line)
    print(run.errors, end="", file=sys.stderr)
    return run.status
