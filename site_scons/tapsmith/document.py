"""YAML with places: nodes that know where they stand, and a report that collects every mistake.

A scalar is kept as its text; the key that holds it decides its type.  So
`version: 1.0` stays "1.0" and `LABEL: no` stays "no".  Anchors, aliases, tags
and merge keys are refused: a manifest is read by people first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

from tapsmith.diagnostics import Place, Problem, TapsmithError
from tapsmith.versions import MalformedError

T = TypeVar("T")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 16


@dataclass(frozen=True)
class Scalar:
    """A single value as it was written; `plain` means without quotes."""

    text: str
    plain: bool
    place: Place


@dataclass(frozen=True)
class Items:
    """A YAML sequence."""

    nodes: tuple[Node, ...]
    place: Place


@dataclass(frozen=True)
class Table:
    """A YAML mapping; its keys are distinct."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place


Node = Scalar | Items | Table


class Report:
    """Collects problems, to be raised together."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, code: str, message: str, place: Place | None = None, mend: str | None = None) -> None:
        """Note one problem."""
        problem = Problem(code, message, place, mend)
        if problem not in self._problems:
            self._problems.append(problem)

    def absorb(self, error: TapsmithError) -> None:
        """Note the problems of an error raised elsewhere."""
        self._problems += [problem for problem in error.problems if problem not in self._problems]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was collected, in the order of places."""
        return tuple(sorted(self._problems, key=lambda p: p.place or Place(Path())))

    def check(self) -> None:
        """Raise what was collected, in the order of places; do nothing if that is nothing."""
        if self._problems:
            raise TapsmithError(self.problems)

    def convert(self, scalar: Scalar, parse: Callable[[str], T], code: str) -> T | None:
        """Return `parse(text)`; what is MalformedError becomes a problem of that code, and None."""
        try:
            return parse(scalar.text)
        except MalformedError as error:
            self.add(code, str(error), scalar.place, error.mend)
            return None


def read_table(path: Path, report: Report) -> Table | None:
    """Read the one YAML document in `path`; None, and problems, if it is no mapping."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.add("bad-yaml", f"the file is not UTF-8 text (byte {error.start})", Place(path))
        return None
    except OSError as error:
        report.add("missing-file", f"cannot read {path.name}: {error.strerror}", Place(path), "create it")
        return None
    try:
        node = _Composer(path, text, report).document()
    except TapsmithError as error:
        report.absorb(error)
        return None
    except yaml.MarkedYAMLError as error:
        _syntax(error, path, text, report)
        return None
    except yaml.reader.ReaderError as error:
        report.add("bad-yaml", f"the file holds a character YAML forbids ({error.reason})", Place(path))
        return None
    if isinstance(node, Table):
        return node
    message = "the file must hold a mapping of keys to values"
    report.add("bad-yaml", message, Place(path, 1, 1), "write `key: value` lines")
    return None


def _syntax(error: yaml.MarkedYAMLError, path: Path, text: str, report: Report) -> None:
    """Report a syntax error where the parser saw it."""
    mark = error.problem_mark or error.context_mark
    place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    mend = "indent with spaces: YAML takes no tabs" if "\t" in line else None
    context = error.context
    if context and mark and error.context_mark and error.context_mark.line < mark.line:
        context += f" begun in line {error.context_mark.line + 1}"
    message = ", ".join(part for part in (context, error.problem) if part)
    report.add("bad-yaml", f"not YAML: {message}", place, mend)


class _Composer:
    """Builds nodes from the parser's events, which still show anchors, aliases and tags."""

    def __init__(self, path: Path, text: str, report: Report) -> None:
        self._path = path
        self._report = report
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))

    def document(self) -> Node | None:
        """Return the root of the only document, or None if the file is empty."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._refuse("a second document", event, "keep one document a file")
                    break
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event)
        if depth > _DEEPEST:
            raise TapsmithError(Problem("bad-yaml", "nested too deeply", place))
        if getattr(event, "anchor", None):
            self._refuse("an alias" if isinstance(event, yaml.AliasEvent) else "an anchor", event)
        if getattr(event, "tag", None):
            self._refuse("a tag", event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(tuple(self._node(e, depth + 1) for e in self._until(yaml.SequenceEndEvent)), place)
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(place, depth)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, not event.style, place)
        return Scalar("", False, place)

    def _table(self, place: Place, depth: int) -> Table:
        found: dict[str, tuple[Scalar, Node]] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._report.add("bad-yaml", "a key must be a single word", key.place)
            elif key.text in found:
                first = found[key.text][0].place
                where = f"line {first.line}, column {first.column}"
                message = f"key `{key.text}` is given twice, first at {where}"
                self._report.add("duplicate-key", message, key.place, "keep one of the two")
            else:
                found[key.text] = (key, value)
        return Table(tuple(found.values()), place)

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _refuse(self, what: str, event: yaml.Event, mend: str = "write the value out") -> None:
        self._report.add("bad-yaml", f"{what} is not taken here", self._place(event), mend)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._path, mark.line + 1, mark.column + 1) if mark else Place(self._path)
