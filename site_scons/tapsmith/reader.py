"""A reader of tables: it takes them key by key and collects what is wrong, missing or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.document import Items, Node, Report, Scalar, Table, read_table
from tapsmith.schema import Either, ListOf, Record, Shape, TableOf, Truth, Variants, Word
from tapsmith.versions import MalformedError

T = TypeVar("T")
S = TypeVar("S", ListOf, TableOf, Record)

_LONGEST_INTEGER = 40
_INTEGER = re.compile(r"[+-]?(?:0x[0-9a-fA-F]+|0|[1-9][0-9]*)", re.ASCII)


class Reader:
    """Reads a table key by key, by the record that describes it; what is wrong or unknown goes to the report.

    A reading method returns None (or nothing) where the key is absent or
    wrong, so that the reading goes on; call `finish` after the last key.
    It takes no key that the record does not have, or has in another shape.
    """

    def __init__(self, table: Table, record: Record, report: Report) -> None:
        self.place = table.place
        self.record = record
        self.report = report
        self._nodes = {key.text: node for key, node in table.entries}
        self._keys = {key.text: key.place for key, _ in table.entries}
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Tell whether `key` is there, without reading it."""
        assert key in self.record.by_name, key
        return key in self._nodes

    def knows(self, key: str) -> bool:
        """Tell whether the record has `key` at all."""
        return key in self.record.by_name

    def place_of(self, key: str) -> Place:
        """Return where `key` stands, or the table if it is absent."""
        return self._keys.get(key, self.place)

    def places(self) -> Mapping[str, Place]:
        """Return where each key stands."""
        return MappingProxyType(self._keys)

    def fits(self) -> bool:
        """Tell whether the keys are one of the alternatives of the record."""
        return self.record.fits(self._nodes.keys())

    def node(self, key: str) -> Node | None:
        """Return the node under `key`, whatever it is; report where it must be there and is not."""
        self._asked.add(key)
        if key not in self._nodes and self.record.by_name[key].required:
            self.report.add("missing-key", f"key `{key}` is missing", self.place, f"add `{key}`")
        return self._nodes.get(key)

    def scalar(self, key: str) -> Scalar | None:
        """Return the single value under `key`."""
        return as_scalar(self.node(key), f"`{key}`", self.report)

    def read(self, key: str, word: Word[T]) -> T | None:
        """Return what the word under `key` spells; `word` is what the record says it is."""
        assert self.record.by_name[key].shape is word, key
        scalar = self.scalar(key)
        return self.report.convert(scalar, word.parse, word.code) if scalar else None

    def truth(self, key: str) -> bool:
        """Return whether `key` is true; it is not where it is absent."""
        assert isinstance(self.record.by_name[key].shape, Truth), key
        scalar = self.scalar(key)
        try:
            return as_boolean(scalar) if scalar else False
        except MalformedError as error:
            self.report.add("wrong-type", f"`{key}`: {error}", self._nodes[key].place, error.mend)
            return False

    def scalars(self, key: str) -> tuple[Scalar, ...]:
        """Return the list of single values under `key`."""
        node = self.node(key)
        shape = of_kind(self.record.by_name[key].shape, ListOf)
        assert shape, key
        if node is None:
            return ()
        if not isinstance(node, Items):
            mend = self._example(key, "[", "write [a, b]")
            self.report.add("wrong-type", f"`{key}` must be a list", node.place, mend)
            return ()
        if not node.nodes and shape.least:
            self.report.add(
                "wrong-type", f"`{key}` is empty", node.place, self._example(key, "[", "write [a, b]")
            )
        found: list[Scalar] = []
        for item in node.nodes:
            scalar = as_scalar(item, f"an item of `{key}`", self.report)
            if scalar and shape.distinct and any(scalar.text == other.text for other in found):
                self.report.add("duplicate-item", f"`{scalar.text}` stands twice in `{key}`", scalar.place)
            elif scalar:
                found.append(scalar)
        return tuple(found)

    def items(self, key: str, word: Word[T]) -> Iterator[tuple[Scalar, T]]:
        """Return the items of the list under `key`, with what each spells."""
        shape = of_kind(self.record.by_name[key].shape, ListOf)
        assert shape, key
        assert shape.item is word, key
        for scalar in self.scalars(key):
            value = self.report.convert(scalar, word.parse, word.code)
            if value is not None:
                yield scalar, value

    def entries(self, key: str) -> Iterator[Entry]:
        """Return the entries of the table under `key`, whose keys are free."""
        node = self.node(key)
        shape = of_kind(self.record.by_name[key].shape, TableOf)
        assert shape, key
        if isinstance(node, Table):
            yield from entries(node, shape, self.report)
        elif node is not None:
            self._refuse_mapping(key, node)

    def reader(self, key: str) -> Reader | None:
        """Return a reader of the record under `key`, if there is one."""
        shape = self.record.by_name[key].shape
        assert isinstance(shape, Record), key
        node = self.node(key)
        if isinstance(node, Table):
            return Reader(node, shape, self.report)
        if node is not None:
            self._refuse_mapping(key, node)
        return None

    def _refuse_mapping(self, key: str, node: Node) -> None:
        mend = self._example(key, "{", "write {key: value}")
        self.report.add("wrong-type", f"`{key}` must be a mapping", node.place, mend)

    def _example(self, key: str, bracket: str, otherwise: str) -> str:
        """Return a mend that shows the field's example, if it begins with that bracket."""
        example = self.record.by_name[key].example
        return f"write for instance {example}" if example.startswith(bracket) else otherwise

    def finish(self) -> None:
        """Report each key that the record does not have."""
        known = self.record.by_name
        assert self._asked >= known.keys(), f"{known.keys() - self._asked} of {self.record.name} is not read"
        for key, place in self._keys.items():
            if key not in known:
                mend = did_you_mean(key, known.keys() - self._keys.keys())
                names = "known are " + ", ".join(f"`{name}`" for name in sorted(known))
                self.report.add("unknown-key", f"key `{key}` is unknown here", place, mend or names)


@dataclass(frozen=True)
class Entry:
    """One entry of a table with free keys: `name` is None where the key is no name of its kind."""

    key: Scalar
    name: str | None
    node: Node
    shape: Shape
    report: Report

    def read(self, what: str, word: Word[T]) -> T | None:
        """Return what the value spells, if it is a word; `word` is what the table says it is."""
        assert word in (self.shape, *(self.shape.shapes if isinstance(self.shape, Either) else ()))
        scalar = as_scalar(self.node, what, self.report)
        return self.report.convert(scalar, word.parse, word.code) if scalar else None

    def reader(self) -> Reader | None:
        """Return a reader of the value, if it is a table and may be a record; of variants, what all have
        in common where the word that chooses one is missing or wrong.
        """
        if not isinstance(self.node, Table):
            return None
        if isinstance(self.shape, Variants):
            chosen = Reader(self.node, self.shape.common, self.report).read(self.shape.key, self.shape.word)
            record = self.shape.records[chosen] if chosen else self.shape.common
            return Reader(self.node, record, self.report)
        shape = of_kind(self.shape, Record)
        return Reader(self.node, shape, self.report) if shape else None


def entries(table: Table, shape: TableOf, report: Report) -> Iterator[Entry]:
    """Return the entries of a table, with their keys read."""
    for key, node in table.entries:
        name = report.convert(key, shape.key.parse, shape.key.code)
        yield Entry(key, name, node, shape.value, report)


def of_kind(shape: Shape, kind: type[S]) -> S | None:
    """Return the shape if it is of that kind, or the one of its alternatives that is."""
    if isinstance(shape, kind):
        return shape
    among = shape.shapes if isinstance(shape, Either) else ()
    return next((other for other in among if isinstance(other, kind)), None)


def open_reader(path: Path, record: Record) -> Reader:
    """Return a reader of the document in `path`; TapsmithError if it cannot be read at all."""
    report = Report()
    table = read_table(path, report)
    if table is None:
        report.check()
    return Reader(table or Table((), Place(path)), record, report)


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
    if len(scalar.text) > _LONGEST_INTEGER:
        raise MalformedError("no integer of C has so many digits", "write one of 64 bits at most")
    if scalar.plain and _INTEGER.fullmatch(scalar.text):
        return int(scalar.text, 0)
    if _INTEGER.fullmatch(scalar.text):
        raise MalformedError(f'"{scalar.text}" is text', f"write {scalar.text} without quotes")
    if re.fullmatch(r"[+-]?0[0-9]+", scalar.text, re.ASCII):
        raise MalformedError(f"`{scalar.text}` is octal to some, decimal to others", "drop the leading zero")
    raise MalformedError(f"`{scalar.text}` is no integer", "write digits, or 0x and hexadecimal digits")
