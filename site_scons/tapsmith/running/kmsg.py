"""/dev/kmsg: the records of the kernel's log as they come, and how many were overwritten before that."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tapsmith.diagnostics import fail

_HEAD = re.compile(rb"(?P<priority>\d+),(?P<sequence>\d+),(?P<us>\d+),[^;]*;")
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
_SIZE = 8192


@dataclass(frozen=True)
class Record:
    """A line of the kernel's log: its number since boot, seconds since boot, severity (0 to 7), and text."""

    sequence: int
    seconds: float
    level: int
    text: str


def parse_record(data: bytes) -> Record | None:
    """Return a record as one read() gives it; None if it has another form.

    Documentation/ABI/testing/dev-kmsg is where that form is described.
    """
    head = _HEAD.match(data)
    if not head:
        return None
    # What follows the first line are the dictionary's lines, which begin with a space.
    line = data[head.end() :].partition(b"\n")[0]
    text = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), line).decode("utf-8", "backslashreplace")
    level = int(head["priority"]) & 7
    return Record(int(head["sequence"]), int(head["us"]) / 1e6, level, text)


class KernelLog:
    """The kernel's log from when it was opened on.

    `overwritten` counts the records that came and went before they were read.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._next: int | None = None
        self.overwritten = 0

    @classmethod
    def open(cls, path: Path = Path("/dev/kmsg")) -> KernelLog:
        """Open the log at its end.  Raises TapsmithError: no-kernel-log."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.lseek(descriptor, 0, os.SEEK_END)
        except OSError as error:
            message = f"cannot read {path}, by which the module speaks: {error.strerror}"
            raise fail("no-kernel-log", message, mend="run it as root, on a kernel with printk") from None
        return cls(descriptor)

    def __enter__(self) -> KernelLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def fileno(self) -> int:
        """Return what to poll: readable when there is a record."""
        return self._descriptor

    def read(self) -> Iterator[Record]:
        """Give the records that are there, and count those that are there no more."""
        while True:
            try:
                data = os.read(self._descriptor, _SIZE)
            except BlockingIOError:
                return
            except OSError as error:
                # The reader was overtaken; it stands at the oldest record now, whose number tells how far.
                if error.errno == errno.EPIPE:
                    continue
                raise
            if not data:
                return
            record = parse_record(data)
            if record:
                if self._next is not None:
                    self.overwritten += record.sequence - self._next
                self._next = record.sequence + 1
                yield record


def own_line(name: str, text: str) -> str | None:
    """Return what the module `name` says in a line of the log; None if the line is not its own."""
    if not text.startswith(f"{name}: "):
        return None
    said = text[len(name) + 2 :]
    # The kernel, too, begins lines with a module's name.
    kernels = ("loading out-of-tree module taints", "module verification failed", "module license ")
    return None if said.startswith(kernels) or said.endswith("' ignored") else said


def is_fault(text: str) -> bool:
    """Tell whether the kernel itself complains in a line of its log."""
    return bool(re.match(r"(WARNING: |BUG: |Oops|general protection fault|kernel BUG at)", text))
