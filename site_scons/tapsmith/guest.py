"""A throw-away guest: boot a kernel, run a shell script, collect what it says and leaves.

    result = run_guest(image, "insmod /x.ko && cat /proc/modules", {"/x.ko": GuestFile(path)})

The guest has three serial ports: the kernel's console, the script's output,
and a tar of what is to be collected: the kernel's log, the script's exit
status, and the files in /out.  No network, no disk, no root on the host.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tapsmith import guestlog, initramfs, qemu
from tapsmith.diagnostics import Problem, TapsmithError, fail
from tapsmith.guestlive import Follower, OnLine, Terminal, read
from tapsmith.guestlog import KernelLog
from tapsmith.initramfs import GuestFile
from tapsmith.qemu import Machine

_SCRIPT = "/.tapsmith/script"
# The output is raw: no newline is changed.  The shell's builtins and busybox's applets are all there is.
_INIT = f"""#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t debugfs debug /sys/kernel/debug
stty -F /dev/OUTPUT raw -echo
stty -F /dev/COLLECTED raw -echo
export PATH=/bin HOME=/root
cd /root
echo >/dev/COLLECTED
sh {_SCRIPT} </dev/null >/dev/OUTPUT 2>&1
echo $? >/.tapsmith/status
dmesg -r >/.tapsmith/log
cd /
tar -czf - .tapsmith out >/dev/COLLECTED
reboot -f
"""
_MARK = "tapsmith: all output until now goes before"
MARK = f"echo {_MARK} >/dev/kmsg"
"""A command for scripts: what was put out before it is handed on before what is logged afterwards."""
_TAIL = 40
_BOOTS = 3
"""Trials to boot.  QEMU does not always see what one processor writes into code that another
runs (see `Machine.one_thread`); so a kernel that patches itself while it boots crashes now and
then, before anything of ours is there."""


class GuestError(TapsmithError):
    """A guest that did not end as it should, with what it said until then.

    Codes: `guest-timeout`, `guest-oops`, `guest-ended` (before the script
    did), `guest-failed` (QEMU itself), `guest-log` (the log overflowed).
    """

    def __init__(self, problem: Problem, excerpt: tuple[str, ...], console: str, output: bytes) -> None:
        super().__init__(problem)
        self.excerpt = excerpt
        self.console = console
        self.output = output

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  | {line}" for line in self.excerpt)])


@dataclass(frozen=True)
class GuestResult:
    """What a guest left.

    `status` is the script's exit status, `raw_output` its standard output and
    error, `files` what it left in /out, by path below it.  `log` is the
    kernel's whole log without its time stamps, `console` the little that it
    shows on its console.  `seconds` is wall time, boot included.
    """

    status: int
    raw_output: bytes
    files: Mapping[str, bytes]
    log: tuple[str, ...]
    warnings: tuple[str, ...]
    console: str
    seconds: float

    @property
    def output(self) -> str:
        """The script's output as text; bytes that are no UTF-8 are shown as `\\xNN`."""
        return self.raw_output.decode("utf-8", "backslashreplace")


def run_guest(
    image: Path,
    script: str,
    files: Mapping[str, GuestFile] = MappingProxyType({}),
    *,
    machine: Machine = Machine(),  # noqa: B008 (frozen)
    timeout_s: float = 60,
    on_line: OnLine | None = None,
    on_console: OnLine | None = None,
    terminal: Terminal | None = None,
) -> GuestResult:
    """Boot `image`, run `script` with busybox's shell, and return what came of it.

    `files` are put into the guest by path.  `on_line` is called with each line of the
    script's output, `on_console` with each of the kernel's console, while it runs.  A `terminal`
    is joined to the port of the script's output, which then is not collected.
    Raises GuestError, or TapsmithError (`missing-tool`, `missing-file`).
    """
    if not image.is_file():
        raise fail("missing-file", f"there is no kernel image {image}")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tapsmith-guest-") as name:
        ports = _Ports(Path(name))
        ports.initramfs.write_bytes(_initramfs(machine, script, files))
        words = qemu.command(machine, image, ports.initramfs, ports.serials, bool(terminal))
        follow = _Following(ports, on_line, on_console, terminal)
        with terminal.listen(ports.output) if terminal else nullcontext():
            for _ in range(_BOOTS):
                status = qemu.run(words, ports.errors, timeout_s, follow)
                if not _crashed_at_boot(ports):
                    break
            follow.finish()
        return _result(ports, status, timeout_s, time.monotonic() - start)


class _Following:
    """What is done while a guest runs: its lines are handed on, a terminal's bytes moved."""

    def __init__(
        self, ports: _Ports, on_line: OnLine | None, on_console: OnLine | None, terminal: Terminal | None
    ) -> None:
        self._on_console = on_console
        self._output = Follower(ports.output, on_line) if on_line and not terminal else None
        console = Follower(ports.console, self._console) if on_console else None
        self._followers = [follower for follower in (console, self._output) if follower]
        self._terminal = terminal

    def _console(self, line: str) -> None:
        if guestlog.bare(line) == _MARK and self._output:
            self._output()
        elif self._on_console:
            self._on_console(line)

    def __bool__(self) -> bool:
        return bool(self._followers or self._terminal)

    def wakes(self) -> Sequence[int]:
        """Return the descriptors that are waited for as well."""
        return self._terminal.wakes() if self._terminal else ()

    def __call__(self) -> None:
        for follower in self._followers:
            follower()
        if self._terminal:
            self._terminal.move()

    def finish(self) -> None:
        """Hand on the rest."""
        for follower in self._followers:
            follower.finish()
        if self._terminal:
            self._terminal.move()


class _Ports:
    """The files of one guest in a private directory."""

    def __init__(self, directory: Path) -> None:
        self.initramfs = directory / "initramfs"
        self.errors = directory / "errors"
        self.console = directory / "console"
        self.output = directory / "output"
        self.collected = directory / "collected"
        self.serials = (self.console, self.output, self.collected)


def _crashed_at_boot(ports: _Ports) -> bool:
    """Tell whether the kernel failed before the script began, which `_INIT` says by a first byte."""
    console = read(ports.console).decode("utf-8", "backslashreplace")
    return not read(ports.collected) and guestlog.fault(guestlog.parse(console).lines) is not None


def _initramfs(machine: Machine, script: str, files: Mapping[str, GuestFile]) -> bytes:
    init = _INIT
    for name, port in zip(("OUTPUT", "COLLECTED"), machine.ports, strict=True):
        init = init.replace(f"/dev/{name}", f"/dev/{port}")
    own = {"/init": GuestFile(init.encode(), 0o755), _SCRIPT: GuestFile(script.encode())}
    base, links = initramfs.base(initramfs.find_busybox())
    if machine.foreign:
        # It does not run here, and has the applets of this machine's.
        base = {initramfs.BUSYBOX: GuestFile(machine.foreign.busybox, 0o755)}
    return initramfs.pack({**base, **files, **own}, links)


def _result(ports: _Ports, status: int | None, timeout_s: float, seconds: float) -> GuestResult:
    """Return the result, or raise what went wrong."""
    console = read(ports.console).decode("utf-8", "backslashreplace")
    output = b"" if ports.output.is_socket() else read(ports.output)

    def error(code: str, message: str, excerpt: tuple[str, ...], mend: str | None = None) -> GuestError:
        return GuestError(Problem(code, message, mend=mend), excerpt, console, output)

    shown = guestlog.since_boot(guestlog.parse(console).lines)
    files = _collected(read(ports.collected))
    log = guestlog.parse(files.pop(".tapsmith/log", b"").decode("utf-8", "backslashreplace"))
    if broken := guestlog.fault(shown) or guestlog.fault(log.lines):
        raise error("guest-oops", f"the guest's kernel failed: {broken.line}", broken.excerpt)
    if status is None:
        raise error("guest-timeout", f"the guest did not end within {timeout_s:g} s", shown[-_TAIL:])
    if status != 0:
        said = read(ports.errors).decode("utf-8", "backslashreplace").splitlines()
        raise error("guest-failed", f"QEMU ended with status {status}", tuple(said[-_TAIL:]))
    if ".tapsmith/status" not in files:
        raise error("guest-ended", "the guest ended before its script did", shown[-_TAIL:])
    if not log.whole:
        raise error("guest-log", "the kernel's log overflowed, its beginning is lost", (), "raise log_mib")
    return _finished(files, log, console, output, seconds)


def _finished(
    files: dict[str, bytes], log: KernelLog, console: str, output: bytes, seconds: float
) -> GuestResult:
    left = {name.removeprefix("out/"): data for name, data in files.items() if name.startswith("out/")}
    status = int(files[".tapsmith/status"])
    return GuestResult(status, output, MappingProxyType(left), log.lines, log.warnings, console, seconds)


def _collected(data: bytes) -> dict[str, bytes]:
    """Return the regular files of the tar behind the first line; none if it is cut short."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data.partition(b"\n")[2]), mode="r:gz") as tar:
            members = [(member.name, tar.extractfile(member)) for member in tar if member.isfile()]
            return {name: stream.read() for name, stream in members if stream}
    except (tarfile.TarError, EOFError, OSError):
        return {}
