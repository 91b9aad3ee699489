"""ccache, sccache, distcc and icecc from Debian 12's packages, and their servers as processes on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import debian_packages
from programs import await_port, environment, free_port

PACKAGES = (
    *("ccache", "libhiredis0.14", "sccache"),
    *("distcc", "libavahi-client3", "libavahi-common3", "libpopt0"),
    *("icecc", "libarchive13", "libcap-ng0", "liblzo2-2"),
    *("faketime", "libfaketime"),
)
ICECC_USER = "nobody"


def programs(cache: Path) -> dict[str, str]:
    """Return the environment in which the launchers are found, fetched (3 MB) if they were not yet."""
    home = debian_packages.unpacked(cache, "launchers", PACKAGES)
    found = environment(home)
    return {**found, "PATH": f"{home / 'usr/bin'}:{home / 'usr/sbin'}:{os.environ['PATH']}"}


@dataclass(frozen=True)
class Worker:
    """A server that compiles: its process leads a group, its log tells each job that it begins."""

    process: subprocess.Popen[bytes]
    log: Path

    def jobs(self, mark: str) -> int:
        return self.log.read_text(encoding="utf-8", errors="replace").count(mark) if self.log.is_file() else 0

    def kill(self) -> None:
        """Kill it and what it has started, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@contextmanager
def _serving(command: Sequence[str], env: Mapping[str, str], log: Path, own_log: bool) -> Iterator[Worker]:
    output = log.with_suffix(".out") if own_log else log
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    worker = Worker(process, log)
    try:
        yield worker
    finally:
        if process.poll() is None:
            worker.kill()


@contextmanager
def distcc(env: Mapping[str, str], home: Path) -> Iterator[tuple[dict[str, str], list[Worker]]]:
    """Run two distccd; yield the environment for clients, and the two."""
    ports = [free_port() for _ in range(2)]
    workers = []
    with ExitStack() as stack:
        for port in ports:
            command = ["distccd", "--no-detach", "--daemon", "--allow", "127.0.0.1", "--listen", "127.0.0.1"]
            command += ["--port", str(port), "--jobs", "2", "--log-stderr", "--log-level", "info"]
            command += ["--enable-tcp-insecure"]
            log = home / f"distccd-{port}.log"
            workers.append(stack.enter_context(_serving(command, env, log, own_log=False)))
            await_port(workers[-1].process, port, log)
        hosts = " ".join(f"127.0.0.1:{port}/2" for port in ports)
        (home / "distcc").mkdir()
        yield {**env, "DISTCC_HOSTS": hosts, "DISTCC_DIR": str(home / "distcc")}, workers


@contextmanager
def icecc(env: Mapping[str, str], compiler: Path) -> Iterator[tuple[dict[str, str], list[Worker]]]:
    """Run a scheduler, a daemon for clients that compiles nothing, and two that compile; needs root."""
    with tempfile.TemporaryDirectory(prefix="icecc-") as scratch:
        # Not below a directory of root's alone: the daemons become another user.
        os.chmod(scratch, 0o777)
        with _icecc(env, Path(scratch), compiler) as found:
            yield found


@contextmanager
def _icecc(
    env: Mapping[str, str], home: Path, compiler: Path
) -> Iterator[tuple[dict[str, str], list[Worker]]]:
    port = free_port()
    env = {**env, "ICECC_TEST_SOCKET": str(home / "socket-client")}
    subprocess.run(["icecc-create-env", compiler], cwd=home, env=env, check=True, capture_output=True)
    version = next(home.glob("*.tar.*"))
    scheduler = ["icecc-scheduler", "-n", home.name, "-p", str(port), "-u", ICECC_USER, "-vvv"]
    with ExitStack() as stack:
        log = home / "scheduler.log"
        stack.enter_context(_serving([*scheduler, "-l", str(log)], env, log, own_log=True))
        workers = []
        for name, more in (
            ("client", ["--no-remote", "-m", "2"]),
            ("one", ["-m", "2"]),
            ("two", ["-m", "2"]),
        ):
            base = home / name
            base.mkdir()
            os.chown(base, 65534, 65534)
            command = [
                "iceccd",
                "-s",
                f"127.0.0.1:{port}",
                "-n",
                home.name,
                "-N",
                name,
                "-p",
                str(free_port()),
            ]
            command += [*more, "-b", str(base), "-l", str(home / f"{name}.log"), "-u", ICECC_USER, "-vvv"]
            own = {**env, "ICECC_TEST_SOCKET": str(home / f"socket-{name}")}
            workers.append(stack.enter_context(_serving(command, own, home / f"{name}.log", own_log=True)))
        until(lambda: log.is_file() and log.read_text(errors="replace").count("login ") >= 3)
        yield {**env, "ICECC_VERSION": str(version)}, workers[1:]


def until(holds: object, seconds: float = 60) -> None:
    """Wait for something to hold."""
    assert callable(holds)
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.02)
