"""Problems, where they are, and what mends them.

Every mistake of a user ends as a `TapsmithError` holding one or more
`Problem` values.  A problem has a stable code, one sentence, a place
(file, line, column) where there is one, and a mend.  Pure modules raise;
only the command line and the SCons tool print.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Place:
    """A point in a text file: line and column count from 1; 0 means unknown."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [str(self.file)]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True)
class Problem:
    """One mistake: what is wrong, where, and the mend.

    `code` is stable and made for machines (`unknown-fragment`); `message` is
    one sentence without a full stop; `mend`, if known, tells what to change;
    `detail` is what another program said of it.  `severity` is error or
    warning: a warning is of what works today.
    """

    code: str
    message: str
    place: Place | None = None
    mend: str | None = None
    detail: str | None = None
    severity: str = "error"

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        lines = [f"{head}{self.severity}: {self.message} [{self.code}]"]
        lines += excerpt(self.place)
        if self.detail:
            lines.append(self.detail)
        if self.mend:
            lines.append(f"  mend: {self.mend}")
        return "\n".join(lines)


class TapsmithError(Exception):
    """What a user did wrong, or what the machine lacks: one or more problems."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all problems, in order."""
        return tuple(p.code for p in self.problems)


def fail(
    code: str, message: str, place: Place | None = None, mend: str | None = None, detail: str | None = None
) -> TapsmithError:
    """Return the error of a single problem, to be raised by the caller."""
    return TapsmithError(Problem(code, message, place, mend, detail))


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a mend naming the known word nearest to `word`, or None."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None


def excerpt(place: Place | None) -> list[str]:
    """Return the offending line with a caret under the column, if it can be read."""
    if place is None or not place.line:
        return []
    try:
        text = place.file.read_text(encoding="utf-8", errors="replace").splitlines()[place.line - 1]
    except (OSError, IndexError):
        return []
    lines = [f"  {text}"]
    if place.column:
        # Keep tabs, so that the caret stands below its character in any terminal.
        pad = "".join("\t" if c == "\t" else " " for c in text[: place.column - 1])
        lines.append(f"  {pad}^")
    return lines
