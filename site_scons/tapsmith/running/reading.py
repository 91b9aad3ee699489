"""What a module says, from the kernel's log and from its records, as events."""

from __future__ import annotations

from typing import Union

from tapsmith.records import LINE
from tapsmith.running.events import Assembler, Complaint, Line, Row, Sent
from tapsmith.running.formats import Formats
from tapsmith.running.kmsg import KernelLog, is_fault, own_line
from tapsmith.running.losses import Loss
from tapsmith.running.module_file import ModuleFile
from tapsmith.running.stream import Stream

Said = Union[Line, Row, Sent, Complaint]

# A module that prints a histogram may be held up between two lines of it.
_IDLE_READS = 10


class Reader:
    """Reads what one module says; `stream` is there where it has buffers.

    Each way has an assembler of its own, for lines of one are not between those of the other.
    """

    def __init__(
        self, name: str, log: KernelLog, file: ModuleFile | None, stream: Stream | None = None
    ) -> None:
        self.name, self.log, self.stream = name, log, stream
        self._formats = file.formats if file else {}
        strings = file.strings if file else ()
        self._of_log, self._of_stream = Assembler(Formats(strings)), Assembler(Formats(strings))
        self._idle = 0

    def read(self) -> list[Said]:
        """Return the events since the last call; where none came for long, the rows that were held back.

        Raises TapsmithError: bad-records.
        """
        self._idle += 1
        events = [*self._read_log(), *self._read_stream()]
        return [*events, *self._flush()] if self._idle > _IDLE_READS else events

    def finish(self) -> list[Said]:
        """Return the last events, once nothing can come any more."""
        events = self.read()
        # Records are held back, too, while others may come.
        return [*events, *self.read(), *self._flush()]

    @property
    def asked(self) -> str | None:
        """Why the module asked to be unloaded, if it did."""
        return self._of_log.asked or self._of_stream.asked

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost until now, by the module and on the way here."""
        count = self.log.overwritten
        why = "the kernel overwrote them before they were read; boot with a greater log_buf_len="
        ours = (Loss(count, "dropped", "lines of the kernel's log", why),) if count else ()
        told = self.stream.losses if self.stream else ()
        return (*self._of_log.losses, *self._of_stream.losses, *told, *ours)

    def close(self) -> None:
        """Let the module go, which waits for who reads its records."""
        if self.stream:
            self.stream.close()

    def _read_log(self) -> list[Said]:
        events: list[Said] = []
        for record in self.log.read():
            said = own_line(self.name, record.text)
            if said is not None:
                self._idle = 0
                events += self._of_log.feed(record.seconds, said)
            elif is_fault(record.text):
                events.append(Complaint(record.seconds, record.text))
        return events

    def _read_stream(self) -> list[Said]:
        events: list[Said] = []
        for record in self.stream.read() if self.stream else ():
            self._idle = 0
            seconds = record.nanoseconds / 1e9
            if record.format == LINE:
                events += self._of_stream.feed(seconds, record.text, record.cpu)
            else:
                text = self._formats[record.format].text
                events.append(Sent(seconds, record.cpu, text, record.arguments, record.text))
        return events

    def _flush(self) -> list[Line | Row]:
        return [*self._of_log.flush(), *self._of_stream.flush()]
