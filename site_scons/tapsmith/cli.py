"""The command `tapsmith`.

tapsmith try PROBE [--kernel K] [--cpus N] [-c COMMAND]
tapsmith host PROBE [NAME=VALUE ...] [--sanitize LIST] [--cpus N] [--debugger]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tapsmith import __version__
from tapsmith.accel import choose
from tapsmith.diagnostics import TapsmithError, did_you_mean, fail
from tapsmith.host import CPUS, SANITIZERS, build_host, debug_host, run_host
from tapsmith.kernel import Target, find_target
from tapsmith.kernelcache import cache_dir
from tapsmith.library import Library, shipped_root
from tapsmith.probe import Probe, load_probe
from tapsmith.qemu import Machine
from tapsmith.resolution import resolve
from tapsmith.trial import try_module


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, the workload's, or 2 for a mistake."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except TapsmithError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tapsmith", description="Try probes in kernels.")
    parser.add_argument("--version", action="version", version=f"tapsmith {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    trial = commands.add_parser(
        "try", help="build a probe and run it, with its workload, in a throw-away guest"
    )
    trial.set_defaults(run=_try)
    trial.add_argument("probe", help="a probe's directory, or its name in probes/")
    trial.add_argument(
        "--kernel", help="a release or a short name such as 6.12-cloud (default: as scons has it)"
    )
    trial.add_argument("--cpus", type=int, default=1, help="processors of the guest (default: %(default)s)")
    trial.add_argument("-c", dest="command", help="a shell command to run in place of the probe's workload")
    trial.add_argument(
        "--timeout", type=float, default=60, metavar="S", help="seconds (default: %(default)s)"
    )
    trial.add_argument(
        "--accel",
        choices=("auto", "tcg", "kvm"),
        default="auto",
        help="auto: KVM if a short trial shows that it works, else emulation",
    )
    _add_host(commands.add_parser("host", help="run a probe's C in an ordinary process, outside any kernel"))
    return parser


def _add_host(host: argparse.ArgumentParser) -> None:
    host.set_defaults(run=_host)
    host.add_argument("probe", help="a probe's directory, or its name in probes/")
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


def _host(options: argparse.Namespace) -> int:
    probe = load_probe(_find_probe(options.probe))
    roots = (Path.cwd(), probe.directory.resolve().parents[1], shipped_root())
    resolution = resolve(probe, Library.load(roots))
    sanitize = tuple(name for name in options.sanitize.split(",") if name)
    built = build_host(resolution, Path("build/host") / probe.name, sanitize=sanitize, cpus=options.cpus)
    print(built.warnings, end="", file=sys.stderr)
    if options.debugger:
        debug_host(built.program, options.parameters, roots)
    given = dict(probe.workload.parameters) if probe.workload else {}
    given |= dict(parameter.partition("=")[::2] for parameter in options.parameters)
    run = run_host(built.program, given, fail_allocation=options.fail_allocation)
    for line in run.log:
        print(line)
    print(run.errors, end="", file=sys.stderr)
    return run.status


def _try(options: argparse.Namespace) -> int:
    probe = load_probe(_find_probe(options.probe))
    target = find_target(options.kernel, progress=_say, image=True)
    module = _build(probe, target)
    machine = Machine(cpus=options.cpus, accel=choose(options.accel, target.require_image(), cache_dir()))
    return show_trial(probe, module, target, machine, command=options.command, timeout_s=options.timeout)


def show_trial(
    probe: Probe,
    module: Path,
    target: Target,
    machine: Machine,
    *,
    command: str | None = None,
    timeout_s: float = 60,
) -> int:
    """Try a module and print what came of it: the workload's output at once, then what the module said.

    Returns the workload's exit status.  Raises what `try_module` raises.
    """
    _say(f"booting kernel {target.release} ({machine.accel}, CPUs: {machine.cpus})")
    trial = try_module(
        module,
        target,
        probe.workload,
        command=command,
        machine=machine,
        timeout_s=timeout_s,
        on_line=print,
    )
    for line in trial.messages:
        print(line)
    if trial.unloaded:
        _say(f"{probe.name} asked to be unloaded")
    for line in trial.warnings:
        print(f"kernel: {line}")
    if trial.status:
        print(f"the workload ended with status {trial.status}", file=sys.stderr)
    return trial.status


def _say(message: str) -> None:
    print(f"tapsmith: {message}", file=sys.stderr, flush=True)


def _find_probe(name: str) -> Path:
    """Return the directory of a probe, named by its path or by its name in probes/."""
    for directory in (Path(name), Path("probes") / name):
        if directory.is_dir():
            return directory
    known = [file.parent.name for file in Path("probes").glob("*/probe.yaml")]
    mend = did_you_mean(name, known) or "name a directory with a probe.yaml, or one in probes/"
    raise fail("unknown-probe", f"there is no probe `{name}` here", mend=mend)


def _build(probe: Probe, target: Target) -> Path:
    """Let scons bring the module up to date, and return its path."""
    module = Path("build") / target.release / probe.name / f"{probe.name}.ko"
    done = subprocess.run(
        [sys.executable, "-m", "SCons", "-Q", f"KERNEL={target.release}", str(module)], check=False
    )
    if done.returncode:
        raise fail(
            "build-failed",
            f"scons does not build {module}",
            mend="run it where the project's SConstruct is; scons tells above what is wrong",
        )
    return module
