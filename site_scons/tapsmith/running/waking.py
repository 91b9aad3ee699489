"""Signals as something to poll for: a runner must not be torn out of loading or unloading."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from types import FrameType, TracebackType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that end a run."""


class Waking:
    """While the block runs, signals do nothing but wake a poll of `fileno` and are remembered.

    `ending` is the first that asked for the end.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.ending: signal.Signals | None = None

    def __enter__(self) -> Waking:
        self._before = {one: signal.signal(one, self._note) for one in (*ENDING, signal.SIGCHLD)}
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for one, handler in self._before.items():
            signal.signal(one, handler)
        os.close(self._read)
        os.close(self._write)

    def fileno(self) -> int:
        """Return what is readable after a signal."""
        return self._read

    def clear(self) -> None:
        """Take what has woken the poll."""
        with suppress(BlockingIOError):
            os.read(self._read, 4096)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number in ENDING and self.ending is None:
            self.ending = signal.Signals(number)
