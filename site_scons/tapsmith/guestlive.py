"""What is seen of a guest while it runs: the lines of its ports, and a terminal that is joined to one."""

from __future__ import annotations

import os
import select
import shlex
import signal
import socket
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from tapsmith.diagnostics import fail

OnLine = Callable[[str], None]

ESCAPE = b"\x1d"
"""Ctrl-] ends a guest that listens to nothing else."""
_CHUNK = 65536


class Follower:
    """Gives the lines of a growing file to a callback, each when it is whole."""

    def __init__(self, path: Path, on_line: OnLine) -> None:
        self._path = path
        self._on_line = on_line
        self._offset = 0
        self._rest = b""

    def __call__(self) -> None:
        fresh = read(self._path, self._offset)
        self._offset += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            self._on_line(line.decode("utf-8", "backslashreplace"))

    def finish(self) -> None:
        """Give what is left, with a last line that has no newline."""
        self()
        if self._rest:
            self._on_line(self._rest.decode("utf-8", "backslashreplace"))


class Terminal:
    """A user's terminal, joined to a serial port of a guest through a socket."""

    def __init__(self, source: int, sink: int) -> None:
        if not os.isatty(source):
            mend = "`-c COMMAND` runs commands without one"
            raise fail("no-terminal", "a shell in the guest needs a terminal", mend=mend)
        self._source = source
        self._sink = sink
        self._listener: socket.socket | None = None
        self._guest: socket.socket | None = None
        self._pending = b""

    @contextmanager
    def listen(self, path: Path) -> Iterator[None]:
        """Take the guest's connection at a socket of this path; meanwhile the terminal is raw.

        However that ends, but by SIGKILL, the terminal is as it was before.
        """
        saved = termios.tcgetattr(self._source)
        with socket.socket(socket.AF_UNIX) as listener, _ending():
            listener.bind(str(path))
            listener.listen()
            self._listener = listener
            try:
                tty.setraw(self._source)
                yield
            finally:
                termios.tcsetattr(self._source, termios.TCSADRAIN, saved)
                if self._guest:
                    self._guest.close()

    def wakes(self) -> Sequence[int]:
        """Return the descriptors that have something to be moved."""
        if not self._guest:
            return [self._listener.fileno()] if self._listener else []
        # What is typed is read when the guest has taken what was typed before.
        return [self._guest.fileno(), *([] if self._pending else [self._source])]

    def move(self) -> None:
        """Move what there is, both ways; KeyboardInterrupt for Ctrl-], and where the terminal is gone."""
        if self._listener and _is_ready(self._listener.fileno()):
            # A guest that boots once more connects anew.
            if self._guest:
                self._guest.close()
            self._guest = self._listener.accept()[0]
            self._guest.setblocking(False)
        guest = self._guest
        if guest is None:
            return
        with suppress(BlockingIOError, ConnectionError):
            if not (said := guest.recv(_CHUNK)):
                guest.close()
                self._guest = None
                return
            self._write(said)
        if not self._pending and _is_ready(self._source):
            self._pending = os.read(self._source, _CHUNK)
            if not self._pending or ESCAPE in self._pending:
                raise KeyboardInterrupt
        if self._pending:
            with suppress(BlockingIOError, ConnectionError):
                self._pending = self._pending[guest.send(self._pending) :]

    def say(self, line: str) -> None:
        """Write a line of one's own between what the guest writes."""
        self._write(f"\r{line}\r\n".encode())

    def script(self, port: str, prompt: str) -> str:
        """Return the commands that run a shell on the guest's port, as wide as this terminal."""
        columns, rows = os.get_terminal_size(self._source)
        # A terminal that nobody has told its size has none.
        size = f" rows {rows} cols {columns}" if rows and columns else ""
        kind = shlex.quote(os.environ.get("TERM", "linux"))
        # A new session, of which the port is the terminal: so that Ctrl-C reaches what runs there.
        return (
            f"stty -F /dev/{port} sane{size}\n"
            f"TERM={kind} PS1={shlex.quote(prompt)} setsid -c sh -i </dev/{port} >/dev/{port} 2>&1\ntrue"
        )

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._sink, data) :]


def read(path: Path, offset: int = 0) -> bytes:
    """Return the file from `offset` on; empty if QEMU has not made it."""
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            return stream.read()
    except FileNotFoundError:
        return b""


def _is_ready(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


@contextmanager
def _ending() -> Iterator[None]:
    """Let the signals that end a process end it as an exception does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    ends = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, end) for number in ends]
    try:
        yield
    finally:
        for number, handler in zip(ends, before, strict=True):
            signal.signal(number, handler)
