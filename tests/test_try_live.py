"""`tapsmith try` while it runs: a module's lines as they come, and a shell in the guest."""

from __future__ import annotations

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, files
from tapsmith.guestlive import Terminal
from tapsmith.kernel import Target
from tapsmith.qemu import Machine, command
from tapsmith.trial import _Told
from test_trial import KERNEL, SAYING, tapsmith

TRY = [sys.executable, "-P", "-m", "tapsmith.cli", "try", "one", "--kernel", KERNEL, "--accel", "tcg"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons"), "TERM": "xterm"}


@contextmanager
def on_terminal(directory: Path, *arguments: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run the command on a terminal of its own, given by our end of it; it is killed if it is not through."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*TRY, *arguments], cwd=directory, env=ENVIRONMENT, stdin=theirs, stdout=theirs, stderr=theirs
    )
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(ours)


def read_until(ours: int, mark: str, said: str = "") -> str:
    """Return what the terminal shows until it shows a text; what was shown before goes first."""
    while mark not in said:
        assert select.select([ours], [], [], 90)[0], said
        said += os.read(ours, 65536).decode("utf-8", "replace")
    return said


def test_a_shell_in_the_guest(project: Project) -> None:
    """It has the module and the workload's files, takes Ctrl-C, shows the module's lines, ends by exit."""
    here = project({**files(), **SAYING})
    with on_terminal(here, "--shell") as (ours, process):
        before = termios.tcgetattr(ours)
        prompt = "one@6.1"
        said = read_until(ours, prompt)
        assert "one: begin two words 1\r\n" in said
        assert termios.tcgetattr(ours) != before
        os.write(ours, b"sleep 1000\r")
        read_until(ours, "sleep 1000")
        time.sleep(1)
        os.write(ours, b"\x03")
        read_until(ours, prompt)
        os.write(ours, b"echo one: mine >/dev/kmsg; ./work; cat data.txt; tty; grep -c one /proc/modules\r")
        said = read_until(ours, "/dev/ttyS1\r\n1\r\n")
        assert "working\r\ndata\r\n" in said
        said = read_until(ours, prompt, said)
        os.write(ours, b"exit\r")
        said = read_until(ours, "one: end", said)
        assert "one: mine\r\n" in said
        assert process.wait(timeout=60) == 0
        assert termios.tcgetattr(ours) == before


@pytest.mark.parametrize("way", ["key", "signal"])
def test_the_terminal_is_as_it_was_however_the_shell_ends(project: Project, way: str) -> None:
    """Ctrl-] ends a guest at once, and so does SIGTERM; the terminal is not left raw."""
    with on_terminal(project({**files(), **SAYING}), "--shell") as (ours, process):
        before = termios.tcgetattr(ours)
        read_until(ours, "one@6.1")
        if way == "key":
            os.write(ours, b"\x1d")
        else:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == (130 if way == "key" else 128 + signal.SIGTERM)
        assert termios.tcgetattr(ours) == before


def test_a_shell_needs_a_terminal(project: Project) -> None:
    """Without one it is refused before anything is built."""
    here = project({**files(), **SAYING})
    run = tapsmith(here, "try", "one", "--shell", "--kernel", KERNEL)
    assert run.returncode == 2
    assert "a shell in the guest needs a terminal [no-terminal]\n  mend: `-c COMMAND` runs" in run.stdout
    assert not (here / "build").exists()


def test_a_module_s_lines_come_while_the_workload_runs(project: Project) -> None:
    """The first line is there before the workload ends: it goes on until the guest is killed."""
    here = project({**files(), **SAYING})
    with on_terminal(here, "-c", "echo up; sleep 1000") as (ours, process):
        said = read_until(ours, "one: begin two words 1\r\n")
        said = read_until(ours, "up\r\n", said)
        assert "one: end" not in said
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130


def test_each_line_is_told_once() -> None:
    """What the console did not show comes at the end; a panic's second log, and lines of others, never."""
    lines: list[str] = []
    told = _Told("one", lines.append)
    for line in ("[    1.0] one: a\r", "[    1.5] two: b", "one: a", "Kernel panic - not syncing", "one: a"):
        told(line)
    assert lines == ["one: a", "one: a"]
    told.finish(["one: a", "one: b", "one: a", "one: a"])
    assert lines == ["one: a", "one: a", "one: b", "one: a"]


def test_a_joined_port_is_a_socket(any_kernel: Target, tmp_path: Path) -> None:
    """Of a guest's ports only the second is joined; commas in paths are no ends of options."""
    ports = [tmp_path / name for name in ("console", "a,b", "collected")]
    image = any_kernel.require_image()
    words = command(Machine(), image, tmp_path / "initramfs", ports, joined=True)
    assert [word for word in words if ",id=port" in word] == [
        f"file,id=port0,path={ports[0]}",
        f"socket,id=port1,path={tmp_path}/a,,b",
        f"file,id=port2,path={ports[2]}",
    ]
    assert words.count("-serial") == 3


def test_what_is_typed_is_moved_whole(tmp_path: Path) -> None:
    """A guest that takes little at a time, or connects anew, gets what is typed from then on."""
    ours, theirs = pty.openpty()
    terminal = Terminal(theirs, theirs)
    with terminal.listen(tmp_path / "socket"):
        for text in (b"first", b"second"):
            guest = socket.socket(socket.AF_UNIX)
            guest.connect(str(tmp_path / "socket"))
            terminal.move()
            os.write(ours, text)
            while not terminal._pending and not _has(guest):
                terminal.move()
            assert guest.recv(100) == text
            guest.sendall(b"said ")
            terminal.move()
            guest.close()
        terminal.say("own")
    assert read_until(ours, "own\r\n") == "said said \rown\r\n"
    os.close(ours)
    os.close(theirs)


def _has(guest: socket.socket) -> bool:
    return bool(select.select([guest], [], [], 0.01)[0])
