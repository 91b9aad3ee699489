"""One writer at a time in a registry, and what a writer that was killed left undone.

The lock is flock's on `.lock`, so that it goes with the process that has it.
In the file are the names of the fragments that are being written: where the
next writer finds some, the last one did not end.  `.drafts/` holds files that
are not whole yet; nothing in it is a part of the registry.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = ".lock"
DRAFTS = ".drafts"


@contextmanager
def write_lock(
    directory: Path, names: Iterable[str], say: Callable[[str], None]
) -> Iterator[tuple[str, ...]]:
    """Keep other writers out while the fragments `names` are being written.

    Gives the names that a killed writer may have left unfinished.  `say` is told of a wait; OSError
    as the system says.
    """
    descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, directory, say)
        undone = os.read(descriptor, 1 << 20).decode("ascii", errors="replace").split()
        if (directory / DRAFTS).is_dir():
            shutil.rmtree(directory / DRAFTS)
        _note(descriptor, {*undone, *names})
        yield tuple(undone)
        # Only what ended well is done: an error leaves the names to the next writer.
        _note(descriptor, ())
        shutil.rmtree(directory / DRAFTS, ignore_errors=True)
    finally:
        os.close(descriptor)


@contextmanager
def read_lock(directory: Path) -> Iterator[None]:
    """Keep writers out while several files are read; where none has ever been, there is none to wait for."""
    try:
        descriptor = os.open(directory / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, directory: Path, say: Callable[[str], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"another process writes to {directory}: waiting for it")
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _note(descriptor: int, names: Iterable[str]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, "".join(f"{name}\n" for name in sorted(names)).encode("ascii"), 0)
    os.fsync(descriptor)
