"""The records of a module with buffers, read while it is there (docs/transport.md)."""

from __future__ import annotations

import os
from pathlib import Path

from tapsmith.diagnostics import fail
from tapsmith.records import Record, Records, in_order
from tapsmith.running.losses import Loss, parse_counter
from tapsmith.running.module_file import ModuleFile
from tapsmith.running.system import System

_PIECE = 1 << 16
# A CPU may publish a record a little later than another one that it made after it.
_WINDOW_NS = 10_000_000


class Stream:
    """Reads records to their end, which unloading brings; then `losses` holds what the module tells of them.

    To have it open tells the module that somebody reads.
    """

    def __init__(self, directory: Path, descriptor: int, records: Records) -> None:
        self._directory, self._descriptor, self._records = directory, descriptor, records
        self._waiting: list[Record] = []
        self.losses: tuple[Loss, ...] = ()
        self.ended = False

    @classmethod
    def open(cls, module: ModuleFile, system: System) -> Stream | None:
        """Open the records of a module that is loaded; None if it has no buffers.

        Raises TapsmithError: already-read.
        """
        directory = system.root / "proc" / f"tapsmith-{module.name}"
        try:
            descriptor = os.open(directory / "records", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"the records of {module.name} cannot be read: {error.strerror}"
            mend = "end whoever reads them, and run it as root (CAP_SYS_ADMIN)"
            raise fail("already-read", message, mend=mend) from None
        return cls(directory, descriptor, Records(module.formats))

    def fileno(self) -> int:
        """Return what to poll: readable when there are records, or none will come any more."""
        return self._descriptor

    def read(self) -> list[Record]:
        """Return the records that can be told, in order of time.

        Raises TapsmithError: bad-records.
        """
        fresh = [] if self.ended else self._read()
        self._waiting = list(in_order([*self._waiting, *fresh]))
        if self._waiting and fresh and not self.ended:
            until = self._waiting[-1].nanoseconds - _WINDOW_NS
        else:
            until = self._waiting[-1].nanoseconds if self._waiting else 0
        told = [record for record in self._waiting if record.nanoseconds <= until]
        self._waiting = self._waiting[len(told) :]
        return told

    def _read(self) -> list[Record]:
        """Return what is there, and close at the end."""
        found: list[Record] = []
        while True:
            try:
                data = os.read(self._descriptor, _PIECE)
            except BlockingIOError:
                return found
            except OSError:
                # The module has given this reader up.
                self.close()
                return found
            if not data:
                self._records.end()
                self.losses = self._told_losses()
                self.close()
                return found
            found += self._records.feed(data)

    def _told_losses(self) -> tuple[Loss, ...]:
        try:
            text = (self._directory / "losses").read_text(encoding="utf-8", errors="backslashreplace")
        except OSError:
            return ()
        return tuple(loss for line in text.splitlines() for loss in parse_counter(line))

    def close(self) -> None:
        """Read no more; the module does not wait for this reader then."""
        if not self.ended:
            self.ended = True
            os.close(self._descriptor)
