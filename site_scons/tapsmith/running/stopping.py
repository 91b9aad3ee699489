"""What is loaded, and its end from outside: for runs whose runner was killed, or is somewhere else."""

from __future__ import annotations

import time

from tapsmith.diagnostics import fail
from tapsmith.running import claims, outcome
from tapsmith.running.events import End, Lost
from tapsmith.running.loading import unload
from tapsmith.running.module_file import ModuleFile, note
from tapsmith.running.reading import Reader
from tapsmith.running.session import PATIENCE_S, Place
from tapsmith.running.stream import Stream
from tapsmith.running.system import System
from tapsmith.running.writers import Writer

_RUNNER_S = 2 * PATIENCE_S


def stop(name: str, file: ModuleFile | None, place: Place, writer: Writer) -> int:
    """End a module: by its runner, which then prints what it has; else unload it here, and print that.

    `file` is what it was loaded from, where that is known.  Returns the exit status (`outcome`).
    Raises TapsmithError: not-loaded, not-ours, unload-failed.
    """
    system = place.system
    if not system.is_loaded(name):
        raise fail("not-loaded", f"no module `{name}` is loaded", mend="`tapsmith list` shows what is")
    found = claims.find(system, name)
    if not found and not (file and is_same(file, system)):
        message = f"the module `{name}` was loaded by nobody whom tapsmith knows"
        raise fail("not-ours", message, mend=f"`rmmod {name}`, if it is not needed")
    if found and found.alive:
        if claims.interrupt(system, name, _RUNNER_S) and not system.is_loaded(name):
            return outcome.ENDED
        message = f"process {found.claim.pid}, which runs {name}, does not end"
        raise fail("unload-failed", message, mend=f"`kill -9 {found.claim.pid}`, then `tapsmith stop {name}`")
    return _unload(name, file, place, writer)


def is_same(file: ModuleFile, system: System) -> bool:
    """Tell whether the module that is loaded is the one in a file."""
    return bool(file.build_id) and note(system.build_id(file.name)) == file.build_id


def _unload(name: str, file: ModuleFile | None, place: Place, writer: Writer) -> int:
    began = time.monotonic()
    # Records are known by the file that they come from, and by no later one.
    own = file if file and is_same(file, place.system) else None
    reader = Reader(name, place.log, own, Stream.open(own, place.system) if own else None)
    with claims.take(place.system, name) as held:
        unload(name, place.calls, PATIENCE_S, lambda: writer.write(reader.read()))
        held.drop()
    reader.close()
    last = reader.finish()
    lost = sum(loss.count for loss in reader.losses)
    status = outcome.LOST if lost else outcome.ENDED
    seconds = round(time.monotonic() - began, 6)
    end = End(outcome.STOPPED, status, seconds, lost, None, reader.asked)
    writer.write([*last, *(Lost(loss) for loss in reader.losses), end])
    return status
