"""Claims: which runner has which module loaded.

A claim is a file in /run/tapsmith, locked while its runner lives: the kernel drops the lock however that
ends, so a claim without a lock is one that a killed runner left, and no process is mistaken for another.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from tapsmith.diagnostics import fail
from tapsmith.running.system import System

_DIRECTORY = "run/tapsmith"
# struct flock: type, whence, start, length, process; of an open file description, the process is 0.
_FLOCK = struct.Struct("hhqqi4x")


@dataclass(frozen=True)
class Claim:
    """A module, whose file lies at `path`, loaded by the process `pid` at the time of day `since`."""

    module: str
    pid: int
    since: float
    path: str


@dataclass(frozen=True)
class Loaded:
    """A module that is loaded: its claim, whether the claim's runner lives, and how many hold the module."""

    claim: Claim
    alive: bool
    references: int | None
    state: str


class Held:
    """A claim of this process, until it is released, or the process ends."""

    def __init__(self, path: Path, descriptor: int, stale: Claim | None) -> None:
        self._path, self._descriptor, self.stale = path, descriptor, stale

    def __enter__(self) -> Held:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def write(self, claim: Claim) -> None:
        """Say what is claimed."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(asdict(claim)).encode(), 0)

    def drop(self) -> None:
        """Remove the claim: the module is not loaded any more."""
        self._path.unlink(missing_ok=True)


def take(system: System, module: str) -> Held:
    """Claim a module; `stale` is what a killed runner left.

    Raises TapsmithError: already-running, cannot-write.
    """
    path = _path(system, module)
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = _lock(path)
    except BlockingIOError:
        claim = _read(path)
        who = f" by process {claim.pid}" if claim else ""
        mend = f"`tapsmith stop {module}` ends that run, and prints what it has"
        raise fail("already-running", f"{module} is being run{who}", mend=mend) from None
    except OSError as error:
        raise fail("cannot-write", f"cannot write {path}: {error.strerror}", mend="run it as root") from None
    return Held(path, descriptor, _read(path))


def loaded(system: System) -> tuple[Loaded, ...]:
    """Return the modules that were loaded by runners, and still are."""
    found = [_loaded(system, path) for path in sorted((system.root / _DIRECTORY).glob("*.json"))]
    return tuple(one for one in found if one)


def find(system: System, module: str) -> Loaded | None:
    """Return what is known of a module that a runner loaded; None if there is none of the name."""
    return _loaded(system, _path(system, module))


def interrupt(system: System, module: str, timeout_s: float) -> bool:
    """Ask the runner of a module to end, and tell whether it did."""
    found = find(system, module)
    if not found or not found.alive:
        return True
    # A descriptor stays with its process; whoever holds the lock once that is got is the one who is meant.
    process = os.pidfd_open(found.claim.pid)
    try:
        if not is_locked(_path(system, module)):
            return True
        signal.pidfd_send_signal(process, signal.SIGTERM)  # type: ignore[attr-defined,unused-ignore]
    finally:
        os.close(process)
    end = time.monotonic() + timeout_s
    while is_locked(_path(system, module)) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_locked(_path(system, module))


def is_locked(path: Path) -> bool:
    """Tell whether a runner that lives holds a claim; this locks nothing, and needs no right to write."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _FLOCK.pack(fcntl.F_RDLCK, 0, 0, 0, 0))
    finally:
        os.close(descriptor)
    return bool(_FLOCK.unpack(found)[0] != fcntl.F_UNLCK)


def _loaded(system: System, path: Path) -> Loaded | None:
    claim = _read(path)
    if not claim or not system.is_loaded(claim.module):
        return None
    name = claim.module
    return Loaded(claim, is_locked(path), system.references(name), system.state(name))


def _path(system: System, module: str) -> Path:
    return system.root / _DIRECTORY / f"{module}.json"


def _lock(path: Path) -> int:
    """Open and lock a claim; BlockingIOError while somebody else has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))
            if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except OSError:
            os.close(descriptor)
            raise
        # Its owner removed it between the two calls.
        os.close(descriptor)


def _read(path: Path) -> Claim | None:
    try:
        return Claim(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
