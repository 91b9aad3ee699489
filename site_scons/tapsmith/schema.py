"""What a document may hold, as values: words, lists, tables and records, and what one says of each.

    RANGE = Form("range of versions", Range.parse, RANGE_PATTERN, "bad-range")
    NEED = Record("need", (Field("version", RANGE, "The versions wanted", "^1.0"),))

`schemas` describes the two documents; `reader` reads by it, `jsonschema` and
`reference` tell others of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

from tapsmith.diagnostics import did_you_mean
from tapsmith.versions import MalformedError

T = TypeVar("T")
Result = TypeVar("Result", covariant=True)


class Word(Protocol[Result]):
    """A single value that its text decides; one that is not its text is a problem of `code`."""

    @property
    def what(self) -> str:
        """What people call it."""

    @property
    def code(self) -> str:
        """The code of a problem with it."""

    def parse(self, text: str) -> Result:
        """Return the value that `text` spells; MalformedError if it spells none."""


@dataclass(frozen=True)
class Text:
    """A text that `pattern` matches whole; none is any text. `folded` is white space to single spaces."""

    what: str
    pattern: str = ""
    mend: str = ""
    code: str = "bad-name"
    folded: bool = False

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    def matches(self, text: str) -> bool:
        """Tell whether `text` is one."""
        return not self.pattern or bool(self._compiled.fullmatch(text))

    def parse(self, text: str) -> str:
        """Return the text, folded if it is; MalformedError if it does not match."""
        if not self.matches(text):
            raise MalformedError(f"`{text}` is no {self.what}", self.mend)
        return " ".join(text.split()) if self.folded else text


@dataclass(frozen=True)
class OneOf:
    """One of several words."""

    what: str
    words: tuple[str, ...]
    code: str = "wrong-type"

    def parse(self, text: str) -> str:
        """Return the word; MalformedError if it is another."""
        if text not in self.words:
            mend = did_you_mean(text, self.words) or f"write one of {', '.join(self.words)}"
            raise MalformedError(f"`{text}` is no {self.what}", mend)
        return text


@dataclass(frozen=True)
class Form(Generic[T]):
    """A text that `parser` takes; `pattern` is what an editor may know of it."""

    what: str
    parser: Callable[[str], T]
    pattern: str
    code: str
    mend: str = ""

    def parse(self, text: str) -> T:
        """Return the value; MalformedError if the parser refuses the text."""
        return self.parser(text)


@dataclass(frozen=True)
class Truth:
    """A plain true or false."""


@dataclass(frozen=True)
class Integer:
    """A plain integer, decimal or 0x."""


@dataclass(frozen=True)
class Value:
    """A single value that another document decides, such as a macro's by its type."""


@dataclass(frozen=True)
class ListOf:
    """A list; `least` and `most` bound its length, and what is `distinct` stands in it once."""

    item: Shape
    least: int = 0
    most: int | None = None
    distinct: bool = True


@dataclass(frozen=True)
class TableOf:
    """A mapping whose keys the author chooses."""

    key: Text
    value: Shape


@dataclass(frozen=True)
class Either:
    """One of several shapes that differ in kind: a single value, a list, a mapping."""

    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Field:
    """A key of a record, with one line of help and an example of its value in YAML.

    `default` is what an absent key stands for, if that is a value, as YAML.
    """

    name: str
    shape: Shape
    help: str
    example: str
    required: bool = False
    default: str = ""


@dataclass(frozen=True)
class Record:
    """A mapping of known keys.

    Of the keys in `alternatives`, just one of these sets may be there.
    """

    name: str
    fields: tuple[Field, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their keys."""
        return MappingProxyType({field.name: field for field in self.fields})

    def fits(self, keys: Set[str]) -> bool:
        """Tell whether `keys` hold one of the alternatives."""
        bound = {key for keys in self.alternatives for key in keys}
        return not self.alternatives or set(keys & bound) in map(set, self.alternatives)


@dataclass(frozen=True)
class Variants:
    """Records of which the `word` under `key` chooses one; `common` are the keys that all of them have."""

    key: str
    word: OneOf
    common: Record
    records: Mapping[str, Record]


Shape = Text | OneOf | Form[Any] | Truth | Integer | Value | ListOf | TableOf | Either | Record | Variants
