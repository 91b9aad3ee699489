"""The generated parts of docs/manifest.md: tables of keys, of words and of codes.

    python -m tapsmith.reference            renews them, and docs/schema/, in a checkout

A part stands between `<!-- keys of NAME -->` and `<!-- end -->`; what stands
around is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tapsmith import atomic, schemas, words
from tapsmith.codes import SECTIONS
from tapsmith.json_schema import DOCUMENTS, schema_text
from tapsmith.schema import (
    Either,
    Field,
    Form,
    Integer,
    ListOf,
    OneOf,
    Record,
    Shape,
    TableOf,
    Text,
    Truth,
    Value,
    Variants,
)
from tapsmith.shipped import shipped_root

_PART = re.compile(r"(<!-- (?P<name>[a-z ]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def renewed(page: str) -> str:
    """Return the page with each generated part made anew; KeyError for a part that is not known."""
    return _PART.sub(lambda part: f"{part[1]}\n{_PARTS[part['name']]()}\n{part[3]}", page)


def write(root: Path) -> None:
    """Renew docs/manifest.md and docs/schema/ in a checkout."""
    page = root / "docs/manifest.md"
    atomic.write_text(page, renewed(page.read_text(encoding="utf-8")))
    for name in DOCUMENTS:
        atomic.write_text(root / f"docs/schema/{name}.json", schema_text(name))


def _keys_of_macros() -> str:
    """Return the table of a macro's keys; of those that one type has, or has otherwise, with the type."""
    rows = [_row(field.name, field) for field in schemas.MACRO.common.fields if field.name != "default"]
    for kind, record in schemas.MACRO.records.items():
        for field in record.fields:
            if field not in schemas.MACRO.common.fields or field.name == "default":
                rows.append(_row(f"{field.name}, type {kind}", field))
    return _table(("key", "holds", "", "meaning", "example"), rows)


def _keys(record: Record) -> str:
    return _table(("key", "holds", "", "meaning", "example"), list(_rows(record, "")))


def _rows(record: Record, path: str) -> Iterator[tuple[str, ...]]:
    """Return the rows of a record's keys, each followed by those below it."""
    for field in record.fields:
        yield _row(path + field.name, field)
        for inner, steps in _inner(field.shape):
            yield from _rows(inner, f"{path}{field.name}{steps}.")


def _inner(shape: Shape) -> Iterator[tuple[Record, str]]:
    """Return the records in a shape, with the steps that lead there; macros have a table of their own."""
    match shape:
        case Record():
            yield shape, ""
        case TableOf():
            for record, steps in _inner(shape.value):
                yield record, f".{_placeholder(shape.key)}{steps}"
        case Either():
            for one in shape.shapes:
                yield from _inner(one)


def _placeholder(key: Text) -> str:
    return "MACRO" if key is words.MACRO_NAME else "NAME"


def _row(path: str, field: Field) -> tuple[str, ...]:
    default = f"default {_code(field.default)}" if field.default else ""
    key, comma, kind = path.partition(", ")
    named = _code(key) + comma + kind
    must = "required" if field.required else default
    return named, _holds(field.shape), must, field.help, _code(field.example)


def _holds(shape: Shape) -> str:
    """Return in words what a shape takes."""
    match shape:
        case Text() | Form():
            return shape.what
        case OneOf():
            return "one of " + ", ".join(_code(word) for word in shape.words)
        case Truth():
            return "`true` or `false`"
        case Integer():
            return "integer"
        case Value():
            return "value of the macro's type"
        case ListOf():
            return "list of two integers" if shape.most == 2 else f"list: {_holds(shape.item)}"
        case TableOf():
            return f"mapping: {shape.key.what} to {_holds(shape.value)}"
        case Either():
            return " or ".join(_holds(one) for one in shape.shapes)
        case Record():
            return "mapping"
        case Variants():
            return "macro"


def _words() -> str:
    """Return the table of the words that have a form, by their names."""
    found = {word.what: word for word in vars(words).values() if isinstance(word, Text | Form | OneOf)}
    rows = [_word_row(word) for _, word in sorted(found.items()) if isinstance(word, OneOf) or word.pattern]
    return _table(("word", "must be", "how to write it", "code"), rows)


def _word_row(word: Text | Form[object] | OneOf) -> tuple[str, ...]:
    code = _code(word.code)
    if isinstance(word, OneOf):
        return word.what, "one of " + ", ".join(_code(one) for one in word.words), "", code
    # What a form's parser takes is told better in words than by its pattern.
    form = "" if isinstance(word, Form) else _code(word.pattern)
    return word.what, form, word.mend, code


def _codes() -> str:
    """Return a table of codes for each section."""
    tables = []
    for title, section in SECTIONS.items():
        rows = [(_code(name), code.meaning, code.mend) for name, code in section.items()]
        tables.append(f"### {title}\n\n" + _table(("code", "meaning", "what to do"), rows))
    return "\n".join(tables)


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


_PARTS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "keys of a probe": lambda: _keys(schemas.PROBE),
        "keys of a manifest": lambda: _keys(schemas.MANIFEST),
        "keys of a project": lambda: _keys(schemas.PROJECT),
        "keys of a macro": _keys_of_macros,
        "words": _words,
        "codes": _codes,
    }
)


if __name__ == "__main__":
    write(shipped_root())
