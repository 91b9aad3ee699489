"""Losses: what a module could not keep, from the lines by which it tells so at unload.

The fragment `losses` gives these lines their form, `context` that of hits, `maps` that of full maps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_LOST = re.compile(r"lost (?P<count>\d+) (?P<what>.+)", re.DOTALL)
_RAISE = re.compile(
    r"; raise (?P<macro>\S+) (?:in probe\.yaml|there) "
    r"\(now (?P<now>\d+)(?:; (?P<enough>\d+) would have sufficed)?\)$"
)
_HITS = re.compile(
    r"(?P<what>hits of .+?): (?P<parts>(?:\d+ [^,]+, )*\d+ nested too deep, \d+ after the stop); "
    r"(?P<handled>-?\d+) were handled"
)
_PART = re.compile(r"(\d+) ([^,]+)")
# What a text begins with, and what became of the thing: the first that fits counts.
KINDS = (
    ("oldest elements", "replaced"),
    ("new elements", "refused"),
    ("numbers of stacks", "refused"),
    ("operations on map", "refused"),
    ("ends of", "truncated"),
    ("bytes of printed text", "truncated"),
    ("copies from user space", "missed"),
    ("exits of", "missed"),
    ("records", "dropped"),
    ("lines of the kernel's log", "dropped"),
    ("bytes of memory", "leaked"),
)
# Of hits, by the reason; the macro that helps belongs to one of them.
_HIT_KINDS = {"nested too deep": "skipped", "after the stop": "skipped"}
_HIT_MACROS = {"nested too deep": "STP_LEVELS", "without a free instance": "KRETPROBE_MAXACTIVE"}


@dataclass(frozen=True)
class Loss:
    """So many of something were lost, how and why.

    `kind` is missed, skipped, refused, replaced, truncated, dropped, leaked, or lost where it is not known.
    `handled` counts those that were not lost, `macro` (with its value `now`) is what to raise, `enough` a
    value that would have sufficed; `cpu` where it was, if that is told.  None is what is not known.
    """

    count: int
    kind: str
    what: str
    why: str | None = None
    handled: int | None = None
    macro: str | None = None
    now: int | None = None
    enough: int | None = None
    cpu: int | None = None


def parse_losses(text: str) -> tuple[Loss, ...] | None:
    """Return what a line of a module, without its name in front, tells to be lost; None for nothing."""
    found = _LOST.fullmatch(text)
    if not found:
        return None
    what, advice = found["what"], _RAISE.search(found["what"])
    loss = Loss(int(found["count"]), "lost", what)
    if advice:
        loss = replace(
            loss,
            what=what[: advice.start()],
            macro=advice["macro"],
            now=int(advice["now"]),
            enough=int(advice["enough"]) if advice["enough"] else None,
        )
    return _of_hits(loss) or (_plain(loss),)


def parse_counter(line: str) -> tuple[Loss, ...]:
    """Return what a line of a module's file `losses` tells, ValueError if it has another form.

    It holds CPU, count, what, macro, its value, split by tabs; a dash is what is not known.
    """
    cpu, count, what, macro, now = line.split("\t")
    loss = Loss(
        int(count),
        "lost",
        what,
        macro=None if macro == "-" else macro,
        now=None if now == "-" else int(now),
        cpu=None if cpu == "-" else int(cpu),
    )
    return (_of_hits(loss) or (_plain(loss),)) if loss.count else ()


def _plain(loss: Loss) -> Loss:
    """Split text into thing and reason: the reason stands behind the last comma."""
    what, comma, why = loss.what.rpartition(", ")
    if not comma:
        what, comma, why = loss.what.partition(": ")
    kind = next((kind for start, kind in KINDS if loss.what.startswith(start)), "lost")
    return replace(loss, kind=kind, what=what if comma else loss.what, why=why if comma else None)


def _of_hits(loss: Loss) -> tuple[Loss, ...]:
    """Return the losses of one probe's hits, one for each reason; none if the text is not of hits."""
    found = _HITS.fullmatch(loss.what)
    if not found:
        return ()
    parts = [(int(count), why) for count, why in _PART.findall(found["parts"])]
    if sum(count for count, _ in parts) != loss.count:
        return ()
    return tuple(_hits(loss, found, count, why) for count, why in parts if count)


def _hits(loss: Loss, found: re.Match[str], count: int, why: str) -> Loss:
    kind = _HIT_KINDS.get(why, "missed")
    one = replace(loss, count=count, kind=kind, what=found["what"], why=why, handled=int(found["handled"]))
    return one if _HIT_MACROS.get(why) == loss.macro else replace(one, macro=None, now=None)
