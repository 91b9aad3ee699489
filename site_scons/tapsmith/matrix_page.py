"""The matrix of a build as one HTML page that needs nothing beside it."""

from __future__ import annotations

import html

from tapsmith import __version__
from tapsmith.diagnostics import Problem
from tapsmith.matrix_report import Cell, Matrix

_STYLE = """\
:root { color-scheme: light dark; --line: #8886; --built: #1a7f37; --failed: #c62828; --quiet: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --built: #57c46f; --failed: #ff7b72; --quiet: #9ba3ab; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0 2rem; }
caption { text-align: left; padding: .5rem 0; color: var(--quiet); }
th, td { border: 1px solid var(--line); padding: .3rem .7rem; text-align: left; vertical-align: top; }
td.size { text-align: right; font-variant-numeric: tabular-nums; }
th small { display: block; font-weight: normal; color: var(--quiet); }
.built { color: var(--built); } .failed { color: var(--failed); } .unsupported, .none { color: var(--quiet); }
button { all: unset; cursor: pointer; } button:focus-visible { outline: 2px solid; }
[aria-sort=ascending] button::after { content: " \\2191"; }
[aria-sort=descending] button::after { content: " \\2193"; }
"""
_SCRIPT = """\
for (const head of document.querySelectorAll("thead th")) {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const key = row => row.cells[head.cellIndex].dataset.key ?? row.cells[head.cellIndex].textContent;
    const rows = [...body.rows];
    rows.sort((a, b) => key(a).localeCompare(key(b), "en", {numeric: true}) * (up ? 1 : -1));
    body.append(...rows);
  });
}
"""
_TESTED = {True: "tested", False: "tested: failed", None: "not tested"}


def page(matrix: Matrix) -> str:
    """Return the page: the table of probes and kernels, and why what was not built was not."""
    states = [cell.state for cell in matrix.cells]
    told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states)))
    tested = sum(cell.tested is True for cell in matrix.cells)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Probes and kernels</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Probes and kernels</h1>\n<p>{told}; {tested} tested in a guest.</p>\n"
        f"{_table(matrix)}{_reasons(matrix)}"
        f"<p><small>tapsmith {__version__}</small></p>\n<script>\n{_SCRIPT}</script>\n</body>\n</html>\n"
    )


def _table(matrix: Matrix) -> str:
    heads = "".join(
        f'<th scope="col">{html.escape(name)}<small>{html.escape(release)}</small></th>'
        for name, release in zip(matrix.names, matrix.releases, strict=True)
    )
    rows = "".join(
        f'<tr><th scope="row">{html.escape(probe)}</th>'
        + "".join(_cell(matrix.at(probe, release)) for release in matrix.releases)
        + "</tr>\n"
        for probe in matrix.probes
    )
    caption = "Each module's bytes of code and data, and whether just this module passed in a guest"
    return (
        f'<div class="wide"><table>\n<caption>{caption}</caption>\n'
        f'<thead><tr><th scope="col">probe</th>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n'
        "</table></div>\n"
    )


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return '<td class="none" data-key="">not built in this run</td>'
    if cell.state != "built":
        title = html.escape("; ".join(problem.message for problem in cell.problems), quote=True)
        return f'<td class="{cell.state}" title="{title}">{cell.state}</td>'
    size = f"{cell.text:,} + {cell.data:,}".replace(",", "\u202f")
    state = "failed" if cell.tested is False else "built"
    return (
        f'<td class="size" data-key="{cell.text}">{size}<br>'
        f'<small class="{state}">built, {_TESTED[cell.tested]}</small></td>'
    )


def _reasons(matrix: Matrix) -> str:
    names = dict(zip(matrix.releases, matrix.names, strict=True))
    rows = "".join(
        _reason(cell, names[cell.release], problem) for problem, cells in matrix.reasons() for cell in cells
    )
    if not rows:
        return ""
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("probe", "kernel", "state", "reason", "mend"))
    return (
        '<div class="wide"><table>\n<caption>Why what was not built was not</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )


def _reason(cell: Cell, kernel: str, problem: Problem) -> str:
    reason = html.escape(f"{problem.message} [{problem.code}]")
    if problem.detail:
        said = html.escape(problem.detail.strip())
        reason += f"<details><summary>messages</summary><pre>{said}</pre></details>"
    others = (html.escape(kernel), cell.state, reason, html.escape(problem.mend or ""))
    cells = "".join(f"<td>{other}</td>" for other in others)
    return f'<tr><th scope="row">{html.escape(cell.probe)}</th>{cells}</tr>\n'
