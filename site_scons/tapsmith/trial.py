"""A trial: load a module in a throw-away guest, run its workload, unload it, collect what it said.

    trial = try_module(path, target, probe.workload)

Between loading and unloading nothing runs in the guest but the workload, and, beside a module that may
ask to be unloaded, a shell that watches for that and removes the module while the workload goes on.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tapsmith import guestlog
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.guest import MARK, GuestResult, run_guest
from tapsmith.guestlive import OnLine, Terminal
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Target
from tapsmith.probe import Workload
from tapsmith.qemu import Machine
from tapsmith.workload import DIRECTORY, guest_files

_MODULE = "/module.ko"
_FAILED = "failed"
_UNLOADED = "unloaded"
_IGNORED = re.compile(r": unknown parameter '.*' ignored$")
_PARAMETER = re.compile(rb"(?<=\0)parmtype=(\w+):")
# The console shows what is logged as it comes: a program that reads the log would be seen by probes.
_LOUD = "echo 8 >/proc/sys/kernel/printk"
_SCRIPT = """\
{loud}
insmod {module} {parameters} || {{ echo load >/out/{failed}; exit 1; }}
state=/sys/module/{name}/parameters/tapsmith_state
asked() {{
    {{ read -r word <$state; }} 2>/dev/null && [ "$word" = unload ] && >/out/{unloaded}
}}
watch() {{
    until [ -e /.tapsmith/done ]; do
        asked && rmmod {name} 2>/dev/null && return
        usleep 20000
    done
}}
watching=
if [ -e $state ]; then watching=yes; watch & fi
cd {directory}
(
{command}
)
status=$?
{mark}
if [ $watching ]; then >/.tapsmith/done; wait; asked; fi
[ -e /out/{unloaded} ] && [ ! -e /sys/module/{name} ] && exit $status
rmmod {name} || {{ echo unload >/out/{failed}; exit 1; }}
exit $status
"""


@dataclass(frozen=True)
class Trial:
    """What came of a trial.

    `status` and `output` are the workload's, `messages` what the module wrote
    to the kernel's log, lines that begin with `<name>: `, and `warnings` what
    the kernel itself complained of.  `seconds` is wall time, boot included.
    `unloaded` tells that the module asked to be unloaded.
    """

    status: int
    output: str
    messages: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float
    unloaded: bool


def try_module(
    module: Path,
    target: Target,
    workload: Workload | None,
    *,
    command: str | None = None,
    machine: Machine | None = None,
    timeout_s: float = 60,
    on_line: OnLine | None = None,
    on_message: OnLine | None = None,
    terminal: Terminal | None = None,
) -> Trial:
    """Run the workload, or the shell command `command` in its place, under the module in a guest of `target`.

    `on_line` is called with each line of the workload's output, `on_message` with each line of the
    module, while it runs.  A `terminal` is joined to what runs in the guest, if that is interactive.  Raises
    `load-failed`, `unload-failed`, `unknown-parameter`, `no-image`, and what `guest_files` and
    `run_guest` raise.
    """
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        machine = machine or Machine()
        files = _files(workload, target, machine, Path(scratch)) if workload else {}
        files[_MODULE] = GuestFile(module)
        # So that the directory is there, whatever the workload has.
        files[f"{DIRECTORY}/.probe"] = GuestFile(module.stem.encode())
        parameters = dict(workload.parameters) if workload else {}
        run = command or (workload.run if workload else "true")
        script = _script(module.stem, parameters, run, loud=bool(on_message))
        told = _Told(module.stem, on_message) if on_message else None
        result = run_guest(
            target.require_image(),
            script,
            files,
            machine=machine,
            timeout_s=timeout_s,
            on_line=on_line,
            on_console=told,
            terminal=terminal,
        )
    messages = messages_of(module.stem, result.log)
    if told:
        told.finish(messages)
    if failed := result.files.get(_FAILED, b"").decode().strip():
        raise _explain(module, failed, result, messages)
    if ignored := [line for line in messages if _IGNORED.search(line)]:
        raise _unknown_parameters(module, ignored)
    unloaded = _UNLOADED in result.files
    return Trial(result.status, result.output, messages, result.warnings, result.seconds, unloaded)


class _Told:
    """Tells a module's lines as the console shows them, and at the end those that it has not shown."""

    def __init__(self, name: str, on_message: OnLine) -> None:
        self._name = name
        self._on_message = on_message
        self._counts: Counter[str] = Counter()
        self._panics = False

    def __call__(self, line: str) -> None:
        message = guestlog.bare(line)
        # A panic shows the whole log once more.
        self._panics |= message.startswith("Kernel panic")
        if not self._panics and messages_of(self._name, [message]):
            self._counts[message] += 1
            self._on_message(message)

    def finish(self, messages: Sequence[str]) -> None:
        for message in messages:
            if not self._counts[message]:
                self._on_message(message)
            else:
                self._counts[message] -= 1


def _files(workload: Workload, target: Target, machine: Machine, scratch: Path) -> dict[str, GuestFile]:
    """Return the workload's files, compiled by the compiler of the guest's kernel."""
    flags = machine.foreign.flags if machine.foreign else ()
    return guest_files(workload, scratch, target.compiler(), *flags, variables=target.variables())


def messages_of(name: str, log: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of a kernel log that the module `name` wrote."""
    # The kernel, too, begins lines with a module's name: of its taint and of its signature.
    kernels = (f"{name}: loading out-of-tree module taints", f"{name}: module verification failed")
    return tuple(line for line in log if line.startswith(f"{name}: ") and not line.startswith(kernels))


def _script(name: str, parameters: Mapping[str, str], command: str, loud: bool) -> str:
    # The double quotes are for the kernel, which splits its parameters at spaces.
    given = " ".join(shlex.quote(f'{key}="{value}"') for key, value in parameters.items())
    return _SCRIPT.format(
        loud=_LOUD if loud else "",
        mark=MARK if loud else "",
        module=_MODULE,
        parameters=given,
        failed=_FAILED,
        unloaded=_UNLOADED,
        directory=DIRECTORY,
        command=command,
        name=name,
    )


def _unknown_parameters(module: Path, ignored: Sequence[str]) -> TapsmithError:
    """Return the error for parameters that the kernel ignored; what the module has is in its .modinfo."""
    has = sorted(name.decode() for name in _PARAMETER.findall(module.read_bytes()))
    mend = f"its parameters are {', '.join(has)}" if has else "it has no parameters"
    return fail("unknown-parameter", f"{module.name} was given parameters it does not have", mend=mend,
                detail="\n".join(ignored))  # fmt: skip


def _explain(module: Path, failed: str, result: GuestResult, messages: tuple[str, ...]) -> TapsmithError:
    said = [*messages] or [line for line in result.log if module.stem in line][-4:]
    said += result.output.strip().splitlines()[-1:]
    code = "load-failed" if failed == "load" else "unload-failed"
    message = f"the guest's kernel does not {failed} {module.name}"
    return fail(code, message, detail="\n".join(said))
