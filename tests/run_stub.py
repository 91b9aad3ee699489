"""A kernel that is none: a directory in place of / and calls that only note what was asked of them."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tapsmith.formats import Format
from tapsmith.records import HEADER
from tapsmith.running.kmsg import KernelLog
from tapsmith.running.module_file import ModuleFile
from tapsmith.running.session import Place
from tapsmith.running.system import System

RELEASE = "6.1.0-1-test"
MODULE = ModuleFile(
    path=Path("/nowhere/one.ko"),
    name="one",
    vermagic=f"{RELEASE} SMP preempt mod_unload modversions",
    parameters={"ROOM": "int"},
    fragments={"tick": "1.0.0"},
    imports={"_printk": 1, "module_layout": 2},
    build_id="ab" * 20,
    signer=None,
    strings=("%1s: %d hits",),
    formats={1: Format("si", "%s %d\n")},
)
FILES = {
    "proc/sys/kernel/osrelease": f"{RELEASE}\n",
    "proc/self/status": "Name:\tx\nCapEff:\t000001ffffffffff\n",
    "proc/kallsyms": "0 T _printk\n0 T module_layout\n0 D jiffies\n",
}


def write(root: Path, files: Mapping[str, str | bytes]) -> System:
    """Put files below a root, and return the system that they are."""
    for name, content in {**FILES, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return System(root)


class Kernel:
    """Stands for the kernel.

    What `says` holds is in its log as soon as the module is loaded, `last` when it goes; `held` is how often
    unloading is refused before it is done.
    """

    def __init__(self, root: Path, files: Mapping[str, str | bytes] | None = None) -> None:
        self.system = write(root, files or {})
        self._theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self.place = Place(self.system, self, KernelLog(ours.detach()))
        self.calls: list[str] = []
        self.says: list[str] = []
        self.last: list[str] = []
        self.held = 0
        self.refusal: int | None = None
        self.on_load: Callable[[], None] = lambda: None
        self._number = 0

    def load(self, path: Path, parameters: Mapping[str, str]) -> None:
        """Note it, and let /sys have it."""
        self.calls.append(" ".join(["load", path.name, *(f"{k}={v}" for k, v in parameters.items())]))
        self.log(self.says)
        if self.refusal:
            raise OSError(self.refusal, os.strerror(self.refusal))
        self.put_in(path.stem)
        self.on_load()

    def unload(self, name: str) -> None:
        """Note it, and let /sys lose it."""
        self.calls.append(f"unload {name}")
        if self.held:
            self.held -= 1
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        self.log(self.last)
        (self.system.root / "sys/module" / name / "refcnt").unlink()

    def put_in(self, name: str) -> None:
        """Have a module loaded."""
        write(self.system.root, {f"sys/module/{name}/refcnt": "0\n"})

    def log(self, lines: list[str]) -> None:
        """Print to the log; lines that begin with a bang are the kernel's own."""
        for line in lines:
            text = line[1:] if line.startswith("!") else f"one: {line}"
            self._theirs.send(f"6,{self._number},{self._number}000000,-;{text}\n".encode())
            self._number += 1

    def give_buffers(self, records: list[bytes], losses: str) -> None:
        """Have the module send records, as soon as it is loaded; it tells of losses when it goes."""
        directory = self.system.root / "proc/tapsmith-one"
        directory.mkdir()
        os.mkfifo(directory / "records")
        end = os.open(directory / "records", os.O_RDWR)
        unload = self.unload

        def send() -> None:
            os.write(end, b"".join(records))

        def go(name: str) -> None:
            (directory / "losses").write_text(losses, encoding="utf-8")
            os.close(end)
            unload(name)

        self.on_load, self.unload = send, go  # type: ignore[method-assign]

    def skip(self, count: int) -> None:
        """Lose records of the log."""
        self._number += count


def record(nanoseconds: int, cpu: int, number: int, payload: bytes) -> bytes:
    """Return a record as a module sends it."""
    head = HEADER.pack(len(payload), number, cpu, nanoseconds)
    return head + payload + bytes(-len(payload) % 8)


def module(**changes: object) -> ModuleFile:
    """Return the module, changed."""
    return replace(MODULE, **changes)  # type: ignore[arg-type]
