"""What `tapsmith check` prints: findings and costs, for people or for programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapsmith.commands.output import paint, print_json, print_problem, problem_json, say
from tapsmith.commands.shared import shown
from tapsmith.diagnostics import Problem

if TYPE_CHECKING:
    from tapsmith.analysis.costs import Cost


@dataclass(frozen=True)
class Checked:
    """What was found in one probe or fragment.

    `costs` are the rows of its module, if that was measured; `fixes` tell what was corrected before.
    """

    kind: str
    name: str
    findings: tuple[Problem, ...]
    costs: tuple[Cost, ...] = ()
    fixes: tuple[str, ...] = ()


def near(checked: Checked) -> Checked:
    """Return the same with files named from the current directory, where they lie below it."""
    here = f"{Path.cwd()}/"
    found = []
    for finding in checked.findings:
        place = finding.place and replace(finding.place, file=Path(shown(finding.place.file)))
        detail = finding.detail and finding.detail.replace(here, "")
        found.append(replace(finding, place=place, detail=detail))
    return replace(checked, findings=tuple(found))


def show(checked: Sequence[Checked], problems: Sequence[Problem]) -> None:
    """Print findings and tables on standard output, what could not be checked on standard error."""
    for one in checked:
        for line in one.fixes:
            print(f"fixed: {line}")
        for finding in one.findings:
            print_problem(finding, sys.stdout)
        if one.costs:
            print("\n".join(table(one.name, one.costs)))
    sys.stdout.flush()
    for problem in problems:
        print_problem(problem, sys.stderr)
    if checked:
        say(summary(checked))


def show_json(checked: Sequence[Checked], problems: Sequence[Problem]) -> None:
    """Print all of it as one value."""
    errors = [problem_json(problem) for problem in problems]
    print_json({"checked": [_as_json(one) for one in checked], "errors": errors})


def summary(checked: Sequence[Checked]) -> str:
    """Return how much was found in how many."""
    counts = [(sum(one.kind == kind for one in checked), kind) for kind in ("probe", "fragment")]
    where = " and ".join(_counted(count, kind) for count, kind in counts if count)
    if len(checked) == 1:
        where = checked[0].name
    findings = [finding for one in checked for finding in one.findings]
    errors = sum(finding.severity == "error" for finding in findings)
    if not findings:
        return f"{where} checked, nothing found"
    return f"{where} checked: {_counted(errors, 'error')}, {_counted(len(findings) - errors, 'warning')}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def table(name: str, costs: Sequence[Cost]) -> list[str]:
    """Return the lines of a table: what each row costs in bytes, and what all do."""
    total = ("all", "", *(sum(column) for column in zip(*((c.code, c.data) for c in costs), strict=True)))
    rows = [(cost.name, cost.kind, cost.code, cost.data) for cost in costs] + [total]
    cells = [("", "", "code", "data", "bytes")]
    cells += [(row[0], row[1], str(row[2]), str(row[3]), str(row[2] + row[3])) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    lines = [paint(f"{name}.ko, bytes of", "bold")]
    for row in cells:
        left = [text.ljust(width) for text, width in zip(row[:2], widths[:2], strict=True)]
        right = [text.rjust(width) for text, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join(["", *left, *right]))
    return lines


def _as_json(one: Checked) -> dict[str, Any]:
    costs = [{"name": c.name, "kind": c.kind, "code": c.code, "data": c.data} for c in one.costs]
    return {
        "kind": one.kind,
        "name": one.name,
        "findings": [problem_json(finding) for finding in one.findings],
        "fixes": list(one.fixes),
        "costs": costs or None,
    }
