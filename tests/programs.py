"""Running programs of unpacked packages, as whoever tests: their libraries, and servers on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path


def environment(home: Path) -> dict[str, str]:
    """Return the environment in which a program below `home` finds its libraries."""
    libraries = ":".join(str(home / part / "x86_64-linux-gnu") for part in ("lib", "usr/lib"))
    return {**os.environ, "LD_LIBRARY_PATH": libraries}


def free_port() -> int:
    """Return a port on loopback that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait for a server to listen; fail with its log where it does not."""
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.02)
    raise AssertionError(f"nobody answers: {log.read_text(encoding='utf-8')}")
