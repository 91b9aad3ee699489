"""Single steps of a guest, by QEMU's gdb stub: which instructions one call of a function executes."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from types import TracebackType

from tapsmith.diagnostics import fail

_WAIT_S = 60.0
_RIP = slice(16 * 8, 17 * 8)
"""Where the instruction pointer stands among the registers: behind the 16 general ones."""


class Stub:
    """A connection to the gdb stub that listens at a socket; the guest stands still between two calls."""

    def __init__(self, path: Path) -> None:
        self._socket = _connect(path)
        self._buffer = b""

    def __enter__(self) -> Stub:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def instructions_between(self, address: int, skip: int) -> list[int]:
        """Return where the instructions stand from one arrival at `address`, after `skip`, to the next."""
        for _ in range(skip + 1):
            self._ask("s")  # off the breakpoint, where the guest would not start
            self._ask(f"Z1,{address:x},1")
            self._ask("c")
            self._ask(f"z1,{address:x},1")
        found = [address]
        while True:
            self._ask("s")
            at = int.from_bytes(bytes.fromhex(self._ask("g"))[_RIP], "little")
            if at == address:
                return found
            found.append(at)

    def let_go(self) -> None:
        """Let the guest run on, without the stub."""
        self._ask("D")

    def _ask(self, command: str) -> str:
        """Send a command and return the answer; one that runs the guest is answered when it stands still."""
        data = command.encode()
        self._socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))
        while not ((start := self._buffer.find(b"$")) >= 0 and (end := self._buffer.find(b"#", start)) >= 0):
            received = self._socket.recv(4096)
            if not received:
                raise fail("bench-failed", "the guest ended while it was stepped through")
            self._buffer += received
        answer, self._buffer = self._buffer[start + 1 : end], self._buffer[end + 3 :]
        self._socket.sendall(b"+")
        return answer.decode("ascii")


def _connect(path: Path) -> socket.socket:
    end = time.monotonic() + _WAIT_S
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_WAIT_S)
    while True:
        try:
            connection.connect(str(path))
            return connection
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
