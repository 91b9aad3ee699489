"""One run of QEMU: its command line, its end, and nothing left behind."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tapsmith.diagnostics import fail

Accel = Literal["tcg", "kvm"]


class Tick(Protocol):
    """What is done every now and then while a command runs, unless it is false."""

    def __call__(self) -> None:
        """Do it."""

    def wakes(self) -> Sequence[int]:
        """Return the descriptors that have it done at once where they can be read."""


_QEMU = "qemu-system-x86_64"
_PACKAGES = {_QEMU: "qemu-system-x86", "setpriv": "util-linux"}
_TICK_MS = 50
_REAP_S = 2.0

# The kernel's command line.
# - quiet: a full console costs 0.6 s; the whole log is fetched at the end, or shown by a panic (panic_print).
# - oops=panic panic=-1: with -no-reboot, an oops ends the guest at once.
# - nokaslr: addresses, and with icount every number, are the same in each run.
# - cryptomgr.notests: the self-tests of the kernel's ciphers take 0.3 s.
_APPEND = (
    "quiet panic=-1 oops=panic panic_print=0x20 printk.time=1 printk.devkmsg=on nokaslr cryptomgr.notests"
)
# qemu64 boots faster than `max`, has no random-number instruction, so repeats itself, and has no feature that
# TCG would warn about.  SMAP and SMEP are added, so that a probe that touches user memory directly faults.
_CPU = {"tcg": "qemu64,+smep,+smap", "kvm": "host"}


@dataclass(frozen=True)
class Foreign:
    """What a guest of another architecture takes: QEMU, busybox, the compiler's options for programs."""

    qemu: Path
    busybox: Path
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """The guest's machine.

    `icount` makes time a count of guest instructions (1 ns each), so that a
    run repeats exactly; it is for TCG with one CPU.  `append` is added to
    the kernel's command line.  `log_mib` is the size of the kernel's log.
    With `gdb` the guest waits for a debugger at this socket before it starts.
    With `one_thread` the processors of TCG take turns in one thread, so that
    each sees at once what another writes into code.  Where they are threads of
    their own, one now and then still runs a breakpoint that the kernel has
    finished with (QEMU 7.2 and 10.0): a bare kprobe that comes and goes while
    others run its function then sends them to address 0.  `foreign` makes it
    one of arm64.
    """

    cpus: int = 1
    memory_mib: int = 512
    accel: Accel = "tcg"
    icount: bool = False
    append: str = ""
    log_mib: int = 4
    gdb: Path | None = None
    one_thread: bool = False
    foreign: Foreign | None = None

    @property
    def ports(self) -> tuple[str, str]:
        """The devices of the guest for the script's output, and for what is collected."""
        return ("ttyS0", "ttyS1") if self.foreign else ("ttyS1", "ttyS2")


def command(
    machine: Machine, image: Path, initramfs: Path, serials: Sequence[Path], joined: bool = False
) -> list[str]:
    """Return the command that boots `image`; serial port n writes to `serials[n]`.

    If `joined`, the second is joined to a socket there, which has to be listened to.

    TapsmithError: `missing-tool`, or `bad-machine` for icount with KVM or several CPUs.
    """
    if machine.icount and (machine.accel != "tcg" or machine.cpus != 1):
        raise fail("bad-machine", "icount works with TCG and one CPU only")
    if machine.foreign and machine.accel != "tcg":
        raise fail("bad-machine", "a guest of another architecture is emulated: it works with TCG only")
    accel: str = machine.accel
    timing: list[str] = []
    if machine.icount:
        accel = "tcg,thread=single"
        # The guest's clock starts at a fixed date and follows the instructions, too.
        timing = ["-icount", "shift=0,sleep=off", "-rtc", "base=2000-01-01,clock=vm"]
    elif machine.accel == "tcg":
        accel = f"tcg,thread={'single' if machine.one_thread else 'multi'}"
    debugger = ["-S", "-gdb", f"unix:{machine.gdb},server=on,wait=off"] if machine.gdb else []
    console = "ttyAMA0" if machine.foreign else "ttyS0"
    append = f"console={console} {_APPEND} log_buf_len={machine.log_mib}M {machine.append}".strip()
    return [
        # If this process dies, however it does, the guest dies with it.
        _tool("setpriv"), "--pdeathsig", "KILL", "--",
        *_model(machine), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-accel", accel, *timing,
        *debugger, "-smp", str(machine.cpus), "-m", str(machine.memory_mib),
        "-kernel", str(image), "-initrd", str(initramfs), "-append", append,
        *_serials(machine, serials, joined),
    ]  # fmt: skip


def _model(machine: Machine) -> list[str]:
    """Return QEMU, with the model of the machine and of its processors."""
    if machine.foreign:
        return [str(machine.foreign.qemu), "-machine", "virt", "-cpu", "cortex-a57"]
    return [_tool(_QEMU), "-machine", "q35", "-cpu", _CPU[machine.accel]]


def _serials(machine: Machine, files: Sequence[Path], joined: bool) -> list[str]:
    """Return the options for the serial ports; arm64's machine has one port of its own."""
    words = []
    for number, path in enumerate(files):
        kind = "socket" if joined and number == 1 else "file"
        words += ["-chardev", f"{kind},id=port{number},path={_escaped(path)}"]
        if number == 0 or not machine.foreign:
            words += ["-serial", f"chardev:port{number}"]
    return [*words, *(["-device", "pci-serial-2x,chardev1=port1,chardev2=port2"] if machine.foreign else [])]


def _escaped(path: Path) -> str:
    """Return a path as it stands among options with commas."""
    return str(path).replace(",", ",,")


def run(words: Sequence[str], errors: Path, timeout_s: float, tick: Tick | None = None) -> int | None:
    """Run a command in a session of its own; return its exit status, or None if it was killed at `timeout_s`.

    Its standard output and error go to the file `errors`.  `tick` is called every 50 ms, and when one
    of its descriptors wakes it.  Whatever is raised meanwhile, the process is killed and reaped.
    """
    end = time.monotonic() + timeout_s
    with _process(words, errors) as process:
        while not _ended(process, min(end - time.monotonic(), _TICK_MS / 1000 if tick else timeout_s), tick):
            if tick:
                tick()
            if time.monotonic() >= end:
                return None
        return process.wait()


@contextmanager
def _process(words: Sequence[str], errors: Path) -> Iterator[subprocess.Popen[bytes]]:
    with errors.open("wb") as sink:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            # A hanging /dev/kvm may hold it in the kernel: it dies when it is let go, nobody can hasten that.
            with suppress(subprocess.TimeoutExpired):
                process.wait(_REAP_S)


def _ended(process: subprocess.Popen[bytes], timeout_s: float, tick: Tick | None) -> bool:
    """Wait until the process has ended or `tick` wakes, at most `timeout_s`; tell whether it has ended."""
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        for waited in (descriptor, *(tick.wakes() if tick else ())):
            poll.register(waited, select.POLLIN)
        return descriptor in dict(poll.poll(max(0.0, timeout_s) * 1000))
    finally:
        os.close(descriptor)


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise fail("missing-tool", f"{name} is not installed", mend=f"apt-get install {_PACKAGES[name]}")
    return found
