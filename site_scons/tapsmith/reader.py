"""A reader of tables: it takes them key by key and collects what is wrong, missing or unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.document import Items, Node, Report, Scalar, Table, read_table
from tapsmith.versions import MalformedError

T = TypeVar("T")

_INTEGER = re.compile(r"[+-]?(?:0x[0-9a-fA-F]+|0|[1-9][0-9]*)", re.ASCII)


class Reader:
    """Reads a table key by key; what is wrong or unknown goes to the report.

    A reading method returns None (or an empty tuple) where the key is absent
    or wrong, so that the reading goes on; call `finish` after the last key.
    """

    def __init__(self, table: Table, report: Report) -> None:
        self.place = table.place
        self.report = report
        self._nodes = {key.text: node for key, node in table.entries}
        self._keys = {key.text: key.place for key, _ in table.entries}
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Tell whether `key` is there, without reading it."""
        return key in self._nodes

    def place_of(self, key: str) -> Place:
        """Return where `key` stands, or the table if it is absent."""
        return self._keys.get(key, self.place)

    def places(self) -> Mapping[str, Place]:
        """Return where each key stands."""
        return MappingProxyType(self._keys)

    def node(self, key: str, required: bool = False) -> Node | None:
        """Return the node under `key`, whatever it is."""
        self._asked.add(key)
        if key not in self._nodes and required:
            self.report.add("missing-key", f"key `{key}` is missing", self.place, f"add `{key}`")
        return self._nodes.get(key)

    def scalar(self, key: str, required: bool = False) -> Scalar | None:
        """Return the single value under `key`."""
        return as_scalar(self.node(key, required), f"`{key}`", self.report)

    def text(self, key: str, required: bool = False) -> str | None:
        """Return the text under `key`."""
        scalar = self.scalar(key, required)
        return scalar.text if scalar else None

    def line(self, key: str, required: bool = False) -> str | None:
        """Return the text under `key`, its white space folded to single spaces."""
        text = self.text(key, required)
        return None if text is None else " ".join(text.split())

    def truth(self, key: str) -> bool:
        """Return whether `key` is true; it is not where it is absent."""
        scalar = self.scalar(key)
        try:
            return as_boolean(scalar) if scalar else False
        except MalformedError as error:
            self.report.add("wrong-type", f"`{key}`: {error}", self._nodes[key].place, error.mend)
            return False

    def parsed(self, key: str, parse: Callable[[str], T], code: str, required: bool = False) -> T | None:
        """Return `parse(text)` of `key`; what is MalformedError is a problem of that code."""
        scalar = self.scalar(key, required)
        return self.report.convert(scalar, parse, code) if scalar else None

    def scalars(self, key: str, required: bool = False, distinct: bool = True) -> tuple[Scalar, ...]:
        """Return the sequence of single values under `key`; a repeated one is a problem if `distinct`."""
        node = self.node(key, required)
        if node is None:
            return ()
        if not isinstance(node, Items):
            self.report.add("wrong-type", f"`{key}` must be a list", node.place, "write [a, b]")
            return ()
        found: list[Scalar] = []
        for item in node.nodes:
            scalar = as_scalar(item, f"an item of `{key}`", self.report)
            if scalar and distinct and any(scalar.text == other.text for other in found):
                self.report.add("duplicate-item", f"`{scalar.text}` stands twice in `{key}`", scalar.place)
            elif scalar:
                found.append(scalar)
        return tuple(found)

    def entries(self, key: str) -> tuple[tuple[Scalar, Node], ...]:
        """Return the entries of the table under `key`."""
        node = self.node(key)
        if node is None:
            return ()
        if not isinstance(node, Table):
            self.report.add("wrong-type", f"`{key}` must be a mapping", node.place, "write {key: value}")
            return ()
        return node.entries

    def reader(self, key: str) -> Reader | None:
        """Return a reader of the table under `key`, if there is one."""
        entries = self.entries(key)
        return Reader(Table(entries, self._nodes[key].place), self.report) if entries else None

    def finish(self) -> None:
        """Report each key that was never asked for."""
        for key, place in self._keys.items():
            if key not in self._asked:
                mend = did_you_mean(key, self._asked - self._keys.keys())
                known = "known are " + ", ".join(f"`{name}`" for name in sorted(self._asked))
                self.report.add("unknown-key", f"key `{key}` is unknown here", place, mend or known)


def open_reader(path: Path) -> Reader:
    """Return a reader of the document in `path`; TapsmithError if it cannot be read at all."""
    report = Report()
    table = read_table(path, report)
    if table is None:
        report.check()
    return Reader(table or Table((), Place(path)), report)


def matcher(pattern: str, what: str, mend: str) -> Callable[[str], str]:
    """Return a parser that takes what matches `pattern` whole, and raises MalformedError otherwise."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise MalformedError(f"`{text}` is no {what}", mend)
        return text

    return parse


def as_scalar(node: Node | None, what: str, report: Report) -> Scalar | None:
    """Return `node` if it is a single value that is there; else report and return None."""
    if node is None:
        return None
    if not isinstance(node, Scalar):
        report.add("wrong-type", f"{what} must be a single value", node.place, "write one value")
        return None
    if node.plain and not node.text:
        report.add("wrong-type", f"{what} has no value", node.place, 'write one, or "" for an empty text')
        return None
    return node


def as_boolean(scalar: Scalar) -> bool:
    """Return the truth a scalar spells; MalformedError unless it is a plain true or false."""
    if scalar.plain and scalar.text in ("true", "false"):
        return scalar.text == "true"
    hint = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
    word = scalar.text.lower()
    mend = hint.get(word, word if word in ("true", "false") else "true or false")
    raise MalformedError(f"`{scalar.text}` is no truth value", f"write {mend}")


def as_integer(scalar: Scalar) -> int:
    """Return the integer a scalar spells, decimal or 0x; MalformedError otherwise."""
    if scalar.plain and _INTEGER.fullmatch(scalar.text):
        return int(scalar.text, 0)
    if _INTEGER.fullmatch(scalar.text):
        raise MalformedError(f'"{scalar.text}" is text', f"write {scalar.text} without quotes")
    if re.fullmatch(r"[+-]?0[0-9]+", scalar.text, re.ASCII):
        raise MalformedError(f"`{scalar.text}` is octal to some, decimal to others", "drop the leading zero")
    raise MalformedError(f"`{scalar.text}` is no integer", "write digits, or 0x and hexadecimal digits")
