"""What a run tells, one event after the other, and how lines of a module become events.

Each event has a `type` and the fields that docs/schema/run.json gives it; `to_json` is that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tapsmith.running.formats import Formats, is_gap, parse_bar
from tapsmith.running.losses import Loss, parse_losses

VERSION = 1
"""Of the form of events: a number more where a program that reads them has to be changed."""

_ASKS = "asks to be unloaded: "


@dataclass(frozen=True)
class Start:
    """The module is loaded; `wall` is the time of day, in seconds since 1970.

    `replaced` is the process that had left it loaded, where one had.
    """

    module: str
    kernel: str
    pid: int
    seconds: float
    wall: float
    parameters: Mapping[str, str]
    fragments: Mapping[str, str]
    replaced: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        return {"type": "start", "version": VERSION, "module": self.module, "kernel": self.kernel,
                "pid": self.pid, "time": self.seconds, "wall": self.wall,
                "parameters": dict(self.parameters), "fragments": dict(self.fragments),
                "replaced": self.replaced}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of the module, `seconds` since boot; `cpu` where that is known."""

    seconds: float
    text: str
    cpu: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        return {"type": "line", "time": self.seconds, "cpu": self.cpu, "text": self.text}


@dataclass(frozen=True)
class Row:
    """An element of a map, or a statistic: its fields, its histogram's bars, the lines that showed it."""

    seconds: float
    format: str
    fields: Mapping[str, int | str]
    lines: tuple[str, ...]
    bars: tuple[tuple[str, int], ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        bars = None if self.bars is None else [{"from": label, "count": count} for label, count in self.bars]
        return {"type": "row", "time": self.seconds, "format": self.format, "fields": dict(self.fields),
                "histogram": bars}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A record of arguments, as the module sent it: the text of its format, and these in it."""

    seconds: float
    cpu: int
    format: str
    arguments: tuple[int | str, ...]
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        return {"type": "record", "time": self.seconds, "cpu": self.cpu, "format": self.format,
                "arguments": list(self.arguments), "text": self.text}  # fmt: skip


@dataclass(frozen=True)
class Complaint:
    """A line by which the kernel itself complains, while the module is loaded."""

    seconds: float
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        return {"type": "kernel", "time": self.seconds, "text": self.text}


@dataclass(frozen=True)
class Lost:
    """A loss, told at the end."""

    loss: Loss

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        one = self.loss
        return {"type": "loss", "count": one.count, "kind": one.kind, "what": one.what, "why": one.why,
                "handled": one.handled, "macro": one.macro, "now": one.now, "enough": one.enough,
                "cpu": one.cpu}  # fmt: skip


@dataclass(frozen=True)
class End:
    """The module is unloaded; `reason` is why, `status` the exit status, `command` that of the command."""

    reason: str
    status: int
    seconds: float
    lost: int
    command: int | None = None
    asked: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        return {"type": "end", "reason": self.reason, "status": self.status, "seconds": self.seconds,
                "lost": self.lost, "command": self.command, "asked": self.asked}  # fmt: skip


@dataclass
class Assembler:
    """Makes events of a module's lines; losses and what it asks for are kept for the end.

    A row whose histogram may follow is held back until another line comes, or `flush` is called.
    """

    formats: Formats
    losses: list[Loss] = field(default_factory=list)
    asked: str | None = None
    _held: Row | None = None

    def feed(self, seconds: float, text: str, cpu: int | None = None) -> list[Line | Row]:
        """Take a line, and return the events that are whole."""
        if self._held and self._extend(text):
            return []
        done = self.flush()
        losses = parse_losses(text)
        if losses is not None:
            self.losses += losses
            return done
        if text.startswith(_ASKS):
            self.asked = text[len(_ASKS) :]
            return done
        found = self.formats.read(text)
        if not found:
            return [*done, Line(seconds, text, cpu)]
        row = Row(seconds, found[0].text, found[1], (text,), () if found[0].bars else None)
        if row.bars is None:
            return [*done, row]
        self._held = row
        return done

    def flush(self) -> list[Line | Row]:
        """Return what was held back."""
        held, self._held = self._held, None
        return [held] if held else []

    def _extend(self, text: str) -> bool:
        """Add a line to the row that is held, if it is of its histogram."""
        row, bar = self._held, parse_bar(text)
        if not row or not (bar or is_gap(text)):
            return False
        bars = (*(row.bars or ()), *([bar] if bar else []))
        self._held = replace(row, lines=(*row.lines, text), bars=bars)
        return True
