"""The guest's kernel log: its lines, and what in them is a fault of the kernel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The kernel's first message: a log without it has lost its beginning.
_FIRST = "Linux version "
_STAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
# A slow host alone makes a guest look locked up.
_SLOW = re.compile(r"^(watchdog: )?BUG: (soft lockup|workqueue lockup)|^(rcu: )?INFO: ")
_FAULT = re.compile(
    r"^(BUG: |Oops|Kernel panic|general protection fault|kernel BUG at|Unable to handle|"
    r"Internal error: |stack segment|invalid opcode|divide error|int3|double fault)"
)
_WARNING = re.compile(r"^WARNING: ")


@dataclass(frozen=True)
class KernelLog:
    """The lines of a kernel log, without stamps; `whole` unless the kernel overwrote the oldest."""

    lines: tuple[str, ...]
    whole: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """The lines that start a kernel's warning, or tell of a lock-up."""
        return tuple(line for line in self.lines if _WARNING.search(line) or _SLOW.search(line))


@dataclass(frozen=True)
class Fault:
    """A fault of the kernel: the line that names it, and the log just before and after."""

    line: str
    excerpt: tuple[str, ...]


def bare(line: str) -> str:
    """Return a line of a kernel's log, or console, without its stamp."""
    return _STAMP.sub("", line.replace("\r", ""))


def parse(text: str) -> KernelLog:
    """Return what `dmesg -r` or a console shows."""
    lines = tuple(bare(line) for line in text.replace("\r", "").splitlines())
    return KernelLog(lines, any(line.startswith(_FIRST) for line in lines))


def since_boot(lines: Sequence[str]) -> tuple[str, ...]:
    """Return a console's lines from the kernel's first message on; all of them if it is not there.

    A panic shows the whole log once more, in order, with what the quiet console had left out.
    """
    starts = [number for number, line in enumerate(lines) if line.startswith(_FIRST)]
    return tuple(lines[starts[-1] :] if starts else lines)


def fault(lines: Sequence[str], before: int = 12, after: int = 48) -> Fault | None:
    """Return the first fault of the kernel with the log around it; None if there is none."""
    for number, line in enumerate(lines):
        if _FAULT.search(line) and not _SLOW.search(line):
            return Fault(line, tuple(lines[max(0, number - before) : number + after]))
    return None
