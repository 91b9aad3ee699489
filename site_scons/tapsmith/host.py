"""The host build: a probe's emitted C, as it is, in an ordinary process, for sanitizers and debuggers.

    built = build_host(resolution, Path("build/host/maps"), sanitize=("address", "undefined"))
    run = run_host(built.program)

`hostshim/include` stands for the kernel's headers, `hostshim/runtime` for
the kernel: simulated CPUs with their interrupts, threads, work items, timers
and memory, and a main() that calls init and exit.  `hostshim/absent` has, empty,
what the prologue includes and no process has.  A fragment that includes a
header which is not there has no host build: it needs a real kernel.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tapsmith import csource
from tapsmith.capability import Capability, asked_by
from tapsmith.checks import headers, include_directories, read_source
from tapsmith.diagnostics import Place, fail
from tapsmith.document import Report
from tapsmith.emission import emit
from tapsmith.manifest import Fragment
from tapsmith.parallel import each
from tapsmith.probe import Probe
from tapsmith.resolution import Resolution

SANITIZERS = ("address", "undefined", "thread", "leak")
CPUS = 4
"""How many CPUs are simulated, unless asked for another number."""

_SHIM = Path(__file__).resolve().parent / "hostshim"
_HEADERS = _SHIM / "include"
_ABSENT = _SHIM / "absent"
# -O1: the kernel's code counts on dead branches to go.  The others are the kernel's dialect of C.
_DIALECT = ["-std=gnu11", "-g", "-O1", "-fno-omit-frame-pointer", "-fno-strict-aliasing", "-fwrapv"]
_KERNEL = ["-nostdinc", "-D__KERNEL__", "-DMODULE", "-Wall", "-Wno-unused-parameter", "-Wno-tsan"]
# A finding ends the process: nothing it does afterwards counts.
_OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=99",
    "LSAN_OPTIONS": "exitcode=99",
}


@dataclass(frozen=True)
class HostBuild:
    """A program, and the warnings of the compiler."""

    program: Path
    warnings: str


@dataclass(frozen=True)
class HostRun:
    """What a process did: its exit status, its log, and what the host or a sanitizer said.

    `messages` are the lines of the log that begin with `<name>: `, as those of a trial.
    """

    status: int
    log: tuple[str, ...]
    messages: tuple[str, ...]
    errors: str


def check_host(resolution: Resolution) -> None:
    """Raise `no-host-build` for each header that only a kernel has."""
    report = Report()
    for owner in _owners(resolution):
        for path in dict.fromkeys((*(source.path for source in owner.sources), *headers(owner))):
            for mention in csource.system_includes(read_source(path)):
                if not (_HEADERS / mention.name).is_file():
                    report.add(
                        "no-host-build",
                        f"`{owner.name}` has no host build: only a kernel has <{mention.name}>",
                        Place(path, mention.line, mention.column),
                        "run it in a guest, with `tapsmith try`",
                    )
    report.check()


def build_host(
    resolution: Resolution,
    directory: Path,
    *,
    sanitize: Sequence[str] = (),
    cpus: int = CPUS,
    compiler: str | None = None,
) -> HostBuild:
    """Write the emitted C into `directory`, and compile it to a program beside it.

    Raises `no-host-build`, `missing-tool` without a compiler, `compile-failed`
    with its messages, and what `emit` raises.
    """
    check_host(resolution)
    name = resolution.probe.name
    source, program = directory / f"{name}.c", directory / name
    directory.mkdir(parents=True, exist_ok=True)
    source.write_text(emit(resolution), encoding="utf-8", errors="surrogateescape")
    common = [*_DIALECT, f"-DHOST_CPUS={cpus}", f"-I{_HEADERS}", f"-I{_ABSENT}"]
    if sanitize:
        common += [f"-fsanitize={','.join(sanitize)}", "-fno-sanitize-recover=all"]
    quoted = [
        f"-iquote{path}"
        for path in dict.fromkeys(d for o in _owners(resolution) for d in include_directories(o))
    ]
    object_file = source.with_suffix(".o")
    command = [compiler or _compiler(), *common]
    warnings = _run(
        [
            *(*command, *_KERNEL, *_capabilities(resolution, command)),
            *(f'-DKBUILD_MODNAME="{name}"', *quoted, "-c", str(source), "-o", str(object_file)),
        ]
    )
    runtime = sorted(str(path) for path in (_SHIM / "runtime").glob("*.c"))
    link = [*command, "-Wall", str(object_file), *runtime, "-o", str(program), "-pthread"]
    warnings += _run(link, mend="the runtime needs the C library's headers: apt-get install libc6-dev")
    return HostBuild(program, warnings)


def run_host(
    program: Path,
    parameters: Mapping[str, str] | None = None,
    *,
    timeout_s: float = 60,
    leaks: bool = True,
    fail_allocation: int = 0,
) -> HostRun:
    """Run a host build with the module's parameters.

    Without `leaks` no sanitizer looks for lost memory; allocation number
    `fail_allocation`, counted from 1, fails.  Raises `host-timeout`.
    """
    environment = {**os.environ, **_OPTIONS}
    if not leaks:
        environment["ASAN_OPTIONS"] += ":detect_leaks=0"
    if fail_allocation:
        environment["TAPSMITH_FAIL_ALLOCATION"] = str(fail_allocation)
    command = [str(program.resolve()), *(f"{key}={value}" for key, value in (parameters or {}).items())]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise fail("host-timeout", f"{program.name} still runs after {timeout_s:g} seconds") from None
    log = tuple(done.stdout.decode("utf-8", errors="replace").splitlines())
    messages = tuple(line for line in log if line.startswith(f"{program.name}: "))
    return HostRun(done.returncode, log, messages, done.stderr.decode("utf-8", errors="replace"))


def debug_host(program: Path, arguments: Sequence[str], roots: Sequence[Path]) -> NoReturn:
    """Become gdb on a host build; sources are found below `roots`.  Raises `missing-tool`."""
    if not shutil.which("gdb"):
        raise fail("missing-tool", "gdb is not installed", mend="apt-get install gdb")
    directories = [word for root in roots for word in ("-d", str(root))]
    os.execvp("gdb", ["gdb", "-q", *directories, "--args", str(program), *arguments])


def _owners(resolution: Resolution) -> tuple[Probe | Fragment, ...]:
    return (*resolution.fragments, resolution.probe)


def _capabilities(resolution: Resolution, command: Sequence[str]) -> list[str]:
    """Return the options for the capabilities that the headers of `hostshim` have."""

    def has(capability: Capability) -> bool:
        check = [*command, *_KERNEL, "-w", "-Werror=implicit-function-declaration", "-fsyntax-only"]
        done = subprocess.run(
            [*check, "-x", "c", "-"], input=capability.text, capture_output=True, text=True, check=False
        )
        return done.returncode == 0

    asked = asked_by(resolution.fragments)
    return [f"-D{one.macro}" for one, there in zip(asked, each(has, asked), strict=True) if there]


def _compiler() -> str:
    """Return the first compiler there is: the system's, or that of Debian's kernels."""
    return shutil.which("gcc") or shutil.which("gcc-12") or "gcc"


def _run(command: Sequence[str], mend: str | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError:
        message = f"{command[0]} is not installed, which compiles for the host"
        raise fail("missing-tool", message, mend=f"apt-get install {command[0]}") from None
    if done.returncode:
        detail = f"{shlex.join(command)}\n{done.stderr.strip()}"
        raise fail("compile-failed", "the C does not compile for the host", mend=mend, detail=detail)
    return done.stderr
