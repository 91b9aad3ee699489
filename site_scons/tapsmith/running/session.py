"""One run, from the checks to the exit status."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tapsmith.diagnostics import fail
from tapsmith.running import claims, outcome
from tapsmith.running.claims import Claim, Held
from tapsmith.running.events import End, Lost, Start
from tapsmith.running.kmsg import KernelLog
from tapsmith.running.loading import Calls, already_loaded, load_failed, unload
from tapsmith.running.module_file import ModuleFile
from tapsmith.running.reading import Reader
from tapsmith.running.stream import Stream
from tapsmith.running.system import System
from tapsmith.running.waking import Waking
from tapsmith.running.workload_command import Command
from tapsmith.running.writers import Event, Writer

PATIENCE_S = 10.0
"""How long a module may be held by somebody else before it is told that it cannot be unloaded."""

_TICK_MS = 100


@dataclass(frozen=True)
class Wish:
    """What is asked of a run.  With `quiet` the command's output goes to standard error: there is data."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    duration_s: float | None = None
    command: str | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Place:
    """Where modules are loaded: the kernel as it shows itself, its calls, and its log."""

    system: System
    calls: Calls
    log: KernelLog


def run(module: ModuleFile, wish: Wish, place: Place, writer: Writer) -> int:
    """Load a module, print what it says until the end comes, unload it, print what was lost.

    Returns the exit status (`outcome`).  Raises TapsmithError: already-running, already-loaded, load-failed,
    unload-failed, already-read, bad-records, cannot-write.  Whatever happens once it is loaded, the module is
    unloaded.
    """
    with claims.take(place.system, module.name) as held, Waking() as waking:
        replaced = _clear(module, held, place)
        held.write(Claim(module.name, os.getpid(), time.time(), str(module.path.resolve())))
        _load(module, wish, held, place)
        status = _Session(module, wish, place, writer, waking).run(replaced)
        held.drop()
        return status


def _clear(module: ModuleFile, held: Held, place: Place) -> int | None:
    """Unload what a killed runner left, and return its process; what nobody claims is another's."""
    if not place.system.is_loaded(module.name):
        return None
    if not held.stale:
        held.drop()
        raise already_loaded(module.name)
    unload(module.name, place.calls, PATIENCE_S, lambda: None)
    # What it said is of another run.
    for _ in place.log.read():
        pass
    return held.stale.pid


def _load(module: ModuleFile, wish: Wish, held: Held, place: Place) -> None:
    try:
        place.calls.load(module.path, wish.parameters)
    except OSError as error:
        held.drop()
        words = (f"{module.name}: ", "Lockdown: ", "Loading of ")
        said = [record.text for record in place.log.read() if record.text.startswith(words)]
        raise load_failed(module, error, said) from None


class _Session:
    """The module is loaded."""

    def __init__(self, module: ModuleFile, wish: Wish, place: Place, writer: Writer, waking: Waking) -> None:
        self._module, self._wish, self._place = module, wish, place
        self._writer, self._waking = writer, waking
        self._reader = Reader(module.name, place.log, module)
        self._began = time.monotonic()
        self._command: Command | None = None
        self._failure: OSError | None = None

    def run(self, replaced: int | None) -> int:
        """Watch, unload, and tell the end; the exit status."""
        reason = outcome.GONE
        try:
            self._reader.stream = Stream.open(self._module, self._place.system)
            self._emit([self._start(replaced)])
            if self._wish.command is not None:
                self._command = Command(self._wish.command, self._wish.quiet)
            reason = self._watch()
        finally:
            command = self._command.status() if self._command else None
            self._unload()
        if self._failure and not isinstance(self._failure, BrokenPipeError):
            mend = "see whether the disk is full; the module is unloaded"
            raise fail("cannot-write", f"the output is not taken: {self._failure.strerror}", mend=mend)
        return self._finish(reason, command)

    def _watch(self) -> str:
        """Print what comes until there is a reason to end."""
        while True:
            self._wait()
            self._emit(self._reader.read())
            reason = self._reason()
            if reason:
                return reason

    def _wait(self) -> None:
        """Wait for something to happen, and not for long."""
        poll = select.poll()
        poll.register(self._place.log, select.POLLIN)
        poll.register(self._waking, select.POLLIN)
        stream = self._reader.stream
        if stream and not stream.ended:
            poll.register(stream, select.POLLIN)
        poll.poll(self._patience_ms())
        self._waking.clear()

    def _patience_ms(self) -> float:
        """Return how long to wait for something to happen: no longer than until the end of the time."""
        if self._wish.duration_s is None:
            return _TICK_MS
        left = self._began + self._wish.duration_s - time.monotonic()
        return min(_TICK_MS, max(0.0, left * 1000))

    def _reason(self) -> str | None:
        name, system = self._module.name, self._place.system
        if self._failure:
            return outcome.OUTPUT
        if self._waking.ending:
            return outcome.SIGNAL
        if self._command and self._command.status() is not None:
            return outcome.COMMAND
        if not system.is_loaded(name):
            return outcome.GONE
        if system.state(name) == "unload":
            return outcome.MODULE
        duration = self._wish.duration_s
        over = duration is not None and time.monotonic() - self._began >= duration
        return outcome.TIME if over else None

    def _unload(self) -> None:
        # The command ends after the module is gone, lest its end be among what is counted.
        try:
            unload(self._module.name, self._place.calls, PATIENCE_S, self._read)
        finally:
            self._reader.close()
            if self._command:
                self._command.end()
        self._emit(self._reader.finish())

    def _read(self) -> None:
        self._emit(self._reader.read())

    def _finish(self, reason: str, command: int | None) -> int:
        losses = self._reader.losses
        lost = sum(loss.count for loss in losses)
        # It may have asked just before something else ended the run.
        asked = self._reader.asked
        reason = outcome.MODULE if asked and reason != outcome.OUTPUT else reason
        status = outcome.exit_status(reason, command, lost)
        seconds = time.monotonic() - self._began
        end = End(reason, status, round(seconds, 6), lost, command, asked)
        self._emit([*(Lost(loss) for loss in losses), end])
        return status

    def _emit(self, events: Iterable[Event]) -> None:
        """Print; who cannot be written to any more ends the run, and nothing else is tried."""
        if self._failure:
            return
        try:
            self._writer.write(events)
        except OSError as error:
            self._failure = error

    def _start(self, replaced: int | None) -> Start:
        one = self._module
        return Start(
            one.name,
            self._place.system.release,
            os.getpid(),
            round(time.monotonic(), 6),
            round(time.time(), 3),
            self._wish.parameters,
            one.fragments,
            replaced,
        )
