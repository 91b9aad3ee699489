"""The command that a run is for: started once the module is loaded, ended when the run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

_PATIENCE_S = 2.0


class Command:
    """A shell's command that runs beside the module.

    At a terminal it shares the terminal's group, so that Ctrl-C reaches it; else it has one of its own, so
    that all of it can be ended.
    """

    def __init__(self, text: str, output_to_stderr: bool) -> None:
        self._own_group = not sys.stdin.isatty()
        sys.stdout.flush()
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", text],
            stdout=sys.stderr.fileno() if output_to_stderr else None,
            start_new_session=self._own_group,
        )

    def status(self) -> int | None:
        """Return its exit status, 128 and more for a signal, or None while it runs."""
        status = self._process.poll()
        return status if status is None or status >= 0 else 128 - status

    def end(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is not None:
            return
        self._send(signal.SIGTERM)
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._send(signal.SIGKILL)
            self._process.wait()

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self._own_group:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)
