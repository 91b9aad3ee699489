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
    r"stack segment|invalid opcode|divide error|int3|double fault)"
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


def parse(text: str) -> KernelLog:
    """Return what `dmesg -r` or a console shows."""
    lines = tuple(_STAMP.sub("", line) for line in text.replace("\r", "").splitlines())
    return KernelLog(lines, any(line.startswith(_FIRST) for line in lines))


def fault(lines: Sequence[str], most: int = 60) -> tuple[str, ...]:
    """Return the log from the first fault of the kernel on, at most `most` lines; empty if there is none."""
    for number, line in enumerate(lines):
        if _FAULT.search(line) and not _SLOW.search(line):
            return tuple(lines[number : number + most])
    return ()
