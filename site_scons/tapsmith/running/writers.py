"""How events are printed: text for people, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Container, Iterable, Mapping
from typing import Any, Protocol, TextIO, Union

from tapsmith.running.events import Complaint, End, Line, Lost, Row, Sent, Start
from tapsmith.running.ledger import ledger

Event = Union[Start, Line, Row, Sent, Complaint, Lost, End]
COLUMNS = (
    "type", "time", "cpu", "text", "key1", "key2", "value", "count", "sum", "min", "max", "average",
    "variance", "deviation", "histogram", "kind", "why", "handled", "macro", "now", "enough",
)  # fmt: skip
"""The columns of CSV, the same for every probe."""


class Writer(Protocol):
    """Prints events as they come."""

    def write(self, events: Iterable[Event]) -> None:
        """Print events; what they are printed to is flushed."""


class TextWriter:
    """The module's lines on one stream, all that is about them on the other."""

    def __init__(self, out: TextIO, notes: TextIO, parameters: Container[str]) -> None:
        self._out, self._notes, self._parameters = out, notes, parameters
        self._losses: list[Lost] = []

    def write(self, events: Iterable[Event]) -> None:
        """Print events; losses are kept for the ledger, which the end brings."""
        for event in events:
            if isinstance(event, (Line, Sent)):
                print(event.text, file=self._out)
            elif isinstance(event, Row):
                print("\n".join(event.lines), file=self._out)
            elif isinstance(event, Complaint):
                print(f"kernel: {event.text}", file=self._notes)
            elif isinstance(event, Start):
                self._start(event)
            elif isinstance(event, Lost):
                self._losses.append(event)
            elif isinstance(event, End):
                self._end(event)
        self._out.flush()

    def _start(self, event: Start) -> None:
        before = f", after process {event.replaced} had left it loaded" if event.replaced else ""
        print(f"tapsmith: {event.module} is loaded{before}", file=self._notes, flush=True)

    def _end(self, event: End) -> None:
        if event.asked:
            print(f"tapsmith: the module asked to be unloaded: {event.asked}", file=self._notes)
        for line in ledger([one.loss for one in self._losses], self._parameters):
            print(f"tapsmith: {line}", file=self._notes)


class JsonWriter:
    """An object a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, events: Iterable[Event]) -> None:
        """Print events."""
        for event in events:
            print(json.dumps(event.to_json(), ensure_ascii=False), file=self._out)
        self._out.flush()


class CsvWriter:
    """A table with the same columns for every probe; what an event has not is empty."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._csv = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
        self._csv.writeheader()

    def write(self, events: Iterable[Event]) -> None:
        """Print events but for the start."""
        for event in events:
            if not isinstance(event, Start):
                self._csv.writerow(_cells(event))
        self._out.flush()


def _cells(event: Event) -> Mapping[str, Any]:
    """Return an event's cells by column."""
    cells = event.to_json()
    if isinstance(event, Row):
        bars = " ".join(f"{label}:{count}" for label, count in event.bars or ())
        cells = {**cells, **event.fields, "text": event.lines[0], "histogram": bars}
    elif isinstance(event, Lost):
        cells["text"] = event.loss.what
    elif isinstance(event, End):
        cells = {"type": "end", "text": event.reason, "value": event.status, "count": event.lost}
    return {name: cells[name] for name in COLUMNS if cells.get(name) is not None}
