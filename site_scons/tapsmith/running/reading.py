"""What a module says, from the kernel's log, as events."""

from __future__ import annotations

from typing import Union

from tapsmith.running.events import Assembler, Complaint, Line, Row
from tapsmith.running.kmsg import KernelLog, is_fault, own_line
from tapsmith.running.losses import Loss

Said = Union[Line, Row, Complaint]

# A module that prints a histogram may be held up between two lines of it.
_IDLE_READS = 10


class Reader:
    """Reads the log of one module; what it lost, and whether it asks for its end, is in the assembler."""

    def __init__(self, name: str, log: KernelLog, assembler: Assembler) -> None:
        self.name, self.log, self.assembler = name, log, assembler
        self._idle = 0

    def read(self) -> list[Said]:
        """Return the events since the last call; where none came for long, the row that was held back."""
        events: list[Said] = []
        self._idle += 1
        for record in self.log.read():
            said = own_line(self.name, record.text)
            if said is not None:
                self._idle = 0
                events += self.assembler.feed(record.seconds, said)
            elif is_fault(record.text):
                events.append(Complaint(record.seconds, record.text))
        return [*events, *self.assembler.flush()] if self._idle > _IDLE_READS else events

    def finish(self) -> list[Said]:
        """Return the last events, once nothing can come any more."""
        return [*self.read(), *self.assembler.flush()]

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost until now, by the module and on the way here."""
        count = self.log.overwritten
        why = "the kernel overwrote them before they were read; boot with a greater log_buf_len="
        ours = (Loss(count, "dropped", "lines of the kernel's log", why),) if count else ()
        return (*self.assembler.losses, *ours)
