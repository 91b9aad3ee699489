"""`tapsmith try`: a probe in a throw-away guest."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from tapsmith.commands.building import build_module
from tapsmith.commands.output import say
from tapsmith.commands.shared import Subparsers, add_command, add_probe, find_probe
from tapsmith.guestlive import Terminal
from tapsmith.kernel import Target, find_target
from tapsmith.machines import machine_for
from tapsmith.probe import Probe, load_probe
from tapsmith.qemu import Machine
from tapsmith.tested import remember
from tapsmith.trial import try_module


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    trial = add_command(
        subparsers,
        "try",
        _run,
        "build a probe and run it, with its workload, in a throw-away guest",
        "tapsmith try fileio --kernel 6.12-cloud --cpus 2",
    )
    add_probe(trial)
    trial.add_argument(
        "--kernel", help="a release or a short name such as 6.12-cloud (default: as scons has it)"
    )
    trial.add_argument("--cpus", type=int, default=1, help="processors of the guest (default: %(default)s)")
    instead = trial.add_mutually_exclusive_group()
    instead.add_argument("-c", dest="command", help="a shell command to run in place of the probe's workload")
    shell = (
        "a shell in the guest, joined to this terminal, while the module is loaded; Ctrl-] ends all at once"
    )
    instead.add_argument("--shell", action="store_true", help=shell)
    trial.add_argument(
        "--timeout", type=float, default=60, metavar="S", help="seconds (default: %(default)s)"
    )
    trial.add_argument(
        "--accel",
        choices=("auto", "tcg", "kvm"),
        default="auto",
        help="auto: KVM if a short trial shows that it works, else emulation",
    )


def _run(options: argparse.Namespace) -> int:
    probe = load_probe(find_probe(options.probe))
    terminal = Terminal(sys.stdin.fileno(), sys.stdout.fileno()) if options.shell else None
    target = find_target(options.kernel, progress=say, image=True)
    module = build_module(probe, target)
    machine = machine_for(target, say, cpus=options.cpus, policy=options.accel)
    if terminal:
        return show_shell(probe, module, target, machine, terminal)
    return show_trial(probe, module, target, machine, command=options.command, timeout_s=options.timeout)


def show_shell(probe: Probe, module: Path, target: Target, machine: Machine, terminal: Terminal) -> int:
    """Join the terminal to a shell in a guest where the module is loaded; return 0.

    Raises what `try_module` raises.
    """
    say(f"booting kernel {target.release} ({machine.accel}, CPUs: {machine.cpus}); `exit` ends it, or Ctrl-]")
    trial = try_module(
        module,
        target,
        probe.workload,
        command=terminal.script(machine.ports[0], f"{probe.name}@{target.release} # "),
        machine=machine,
        timeout_s=math.inf,
        on_message=terminal.say,
        terminal=terminal,
    )
    for line in trial.warnings:
        print(f"kernel: {line}")
    return 0


def show_trial(
    probe: Probe,
    module: Path,
    target: Target,
    machine: Machine,
    *,
    command: str | None = None,
    timeout_s: float = 60,
) -> int:
    """Try a module and print what comes of it, as it comes: the workload's output and what the module says.

    Returns the workload's exit status, which is remembered beside the module unless another `command`
    ran.  Raises what `try_module` raises.
    """
    say(f"booting kernel {target.release} ({machine.accel}, CPUs: {machine.cpus})")
    if not command:
        remember(module, passed=False)
    trial = try_module(
        module,
        target,
        probe.workload,
        command=command,
        machine=machine,
        timeout_s=timeout_s,
        on_line=_print,
        on_message=_print,
    )
    if not command:
        remember(module, passed=trial.status == 0)
    if trial.unloaded:
        say(f"{probe.name} asked to be unloaded")
    for line in trial.warnings:
        print(f"kernel: {line}")
    if trial.status:
        print(f"the workload ended with status {trial.status}", file=sys.stderr)
    return trial.status


def _print(line: str) -> None:
    print(line, flush=True)
