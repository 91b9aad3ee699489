"""Loading and unloading, with the reasons told where the kernel refuses."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.running.checks import ENROL
from tapsmith.running.module_file import ModuleFile

_TICK_S = 0.05
_SIGNATURE = (errno.EKEYREJECTED, errno.ENOKEY, errno.EKEYEXPIRED, errno.EBADMSG)


class Calls(Protocol):
    """How modules come and go: KernelCalls, or a stand-in."""

    def load(self, path: Path, parameters: Mapping[str, str]) -> None:
        """Load a module's file.  OSError with the kernel's reason."""

    def unload(self, name: str) -> None:
        """Unload a module.  OSError: BlockingIOError while it is held, FileNotFoundError without it."""


def load_failed(module: ModuleFile, error: OSError, said: Sequence[str]) -> TapsmithError:
    """Return the refusal of a module that the kernel did not take; `said` is what its log has of it."""
    detail = "\n".join(said) or None
    text = detail or ""
    mend = None
    if error.errno == errno.EEXIST:
        return already_loaded(module.name)
    if error.errno in _SIGNATURE or (error.errno == errno.EPERM and "ockdown" in text):
        mend = ENROL.format(name=module.name)
    elif error.errno == errno.ENOEXEC or "disagrees about version" in text or "Unknown symbol" in text:
        command = f"`./sconsw {module.name} KERNEL=$(uname -r)`"
        mend = f"build it for this kernel: {command}, with this kernel's headers"
    elif error.errno == errno.EPERM:
        mend = "load it as root, outside of containers"
    elif error.errno == errno.ENOMEM:
        mend = "ask for less: smaller maps, fewer elements"
    elif not detail:
        mend = "`dmesg` may tell more"
    message = f"the kernel does not load {module.path.name}: {error.strerror}"
    return fail("load-failed", message, mend=mend, detail=detail)


def already_loaded(name: str) -> TapsmithError:
    """Return the refusal of a module of whose name one is loaded that no runner knows."""
    message = f"a module `{name}` is loaded already, by nobody whom tapsmith knows"
    return fail("already-loaded", message, mend=f"`rmmod {name}`, if it is not needed; then this again")


def unload(name: str, calls: Calls, patience_s: float, tick: Callable[[], None]) -> bool:
    """Unload a module, and tell whether it was there; `tick` is called again and again meanwhile.

    A module may say more at its end than the kernel's log holds, so who reads that must not wait for the end.
    Raises TapsmithError: unload-failed.
    """
    outcome: list[OSError | None] = []

    def attempt() -> None:
        try:
            calls.unload(name)
            outcome.append(None)
        except OSError as error:
            outcome.append(error)

    end = time.monotonic() + patience_s
    while True:
        thread = threading.Thread(target=attempt)
        thread.start()
        while thread.is_alive():
            thread.join(_TICK_S)
            tick()
        # It may have come and gone between two looks.
        tick()
        error = outcome.pop()
        if error is None or error.errno == errno.ENOENT:
            return error is None
        if error.errno not in (errno.EAGAIN, errno.EBUSY) or time.monotonic() > end:
            raise _unload_failed(name, error)
        time.sleep(_TICK_S)


def _unload_failed(name: str, error: OSError) -> TapsmithError:
    held = error.errno in (errno.EAGAIN, errno.EBUSY)
    why = "somebody holds it" if held else error.strerror
    mend = f"see `lsmod | grep {name}` for who does; then `tapsmith stop {name}`" if held else None
    return fail("unload-failed", f"the kernel does not unload {name}: {why}", mend=mend)
