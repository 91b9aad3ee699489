"""Figures as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hitcost.cases import Case
from hitcost.measure import EMPTY, HITS, Cycles

_HEADS = (
    "",
    "shared",
    "per CPU",
    "by hand",
    "guarded",
    "bpftrace",
    "shared/CPU",
    "CPU/guarded",
    "bpftrace/CPU",
)


def nets(case: Case, cycles: Cycles) -> dict[str, float]:
    """Return a case's instructions a hit, net of the empty probe, by column, as far as measured."""
    names = {
        "shared": case.name,
        "per CPU": f"{case.name}_per_cpu",
        "by hand": f"hand_{case.name}",
        "guarded": f"hand_{case.name}_guarded",
        "bpftrace": f"bpftrace_{case.name}",
    }
    return {column: cycles.net(name) for column, name in names.items() if name in cycles.runs}


def table(cases: Sequence[Case], cycles: Cycles) -> str:
    """Return a line for each case: instructions a hit net of the empty probe, and their ratios."""
    rows: list[tuple[str, ...]] = [_HEADS]
    for case in cases:
        net = nets(case, cycles)
        own = "per CPU" if "per CPU" in net else "shared"
        pairs = (("shared", "per CPU"), (own, "guarded"), ("bpftrace", own))
        figures = [f"{net[column]:.1f}" if column in net else "" for column in _HEADS[1:6]]
        rows.append((case.title, *figures, *(_ratio(net, *pair) for pair in pairs)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def as_json(kernel: str, bpftrace: str, cases: Sequence[Case], cycles: Cycles) -> dict[str, Any]:
    """Return all figures: of each module the cycles of both runs, and its instructions a hit."""
    return {
        "kernel": kernel,
        "bpftrace": bpftrace or None,
        "hits": HITS,
        "empty": cycles.runs[EMPTY],
        "cycles": dict(cycles.runs),
        "net": {case.name: nets(case, cycles) for case in cases},
    }


def _ratio(net: Mapping[str, float], above: str, below: str) -> str:
    return f"{net[above] / net[below]:.2f}" if above in net and below in net else ""


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    figures = (text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))
    return "  ".join((row[0].ljust(widths[0]), *figures)).rstrip()
