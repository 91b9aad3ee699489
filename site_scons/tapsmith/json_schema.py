"""The schemas as JSON Schema, draft 2020-12, for editors.

An editor sees one file, and sees it as YAML 1.2 has it: whether a name is its
file's, a source is there or a default lies in its range is left to the reader.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

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
from tapsmith.schemas import MANIFEST, PROBE, PROJECT
from tapsmith.shipped import shipped_root
from tapsmith.versions import MalformedError

DOCUMENTS: Mapping[str, Record] = MappingProxyType({"manifest": MANIFEST, "probe": PROBE, "project": PROJECT})
"""The documents that have a schema, by the stems of their files."""

_SINGLE = ["string", "number", "boolean"]


def schema_text(name: str) -> str:
    """Return the file of one of DOCUMENTS."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"tapsmith: {name}",
    }
    return json.dumps(head | to_json(DOCUMENTS[name]), indent=1, ensure_ascii=False) + "\n"


def schema_file(name: str) -> Path:
    """Return where this checkout or installed package has the file of one of DOCUMENTS."""
    root = shipped_root()
    directory = root / "schema" if (root / "schema").is_dir() else root / "docs/schema"
    return directory / f"{name}.json"


def schema_line(name: str, file: Path, project: Path) -> str:
    """Return the line, with its newline, by which an editor checks `file` as one of DOCUMENTS.

    The path is relative where the project holds the schema, else absolute: tapsmith lies elsewhere then.
    """
    schema = schema_file(name)
    if schema.is_relative_to(project.resolve()):
        schema = Path(os.path.relpath(schema, file.absolute().parent.resolve()))
    return f"# yaml-language-server: $schema={schema.as_posix()}\n"


def to_json(shape: Shape) -> dict[str, Any]:
    """Return the JSON Schema of a shape."""
    match shape:
        case Text() | Form():
            return _word(shape)
        case OneOf():
            return {"enum": list(shape.words)}
        case Truth():
            return {"type": "boolean"}
        case Integer():
            return {"type": "integer"}
        case Value():
            return {"type": _SINGLE}
        case ListOf():
            return _list(shape)
        case TableOf():
            names = {"pattern": _whole(shape.key.pattern)} if shape.key.pattern else {}
            return {"type": "object", "propertyNames": names, "additionalProperties": to_json(shape.value)}
        case Either():
            return {"anyOf": [to_json(one) for one in shape.shapes]}
        case Record():
            return _record(shape)
        case Variants():
            return _variants(shape)


def _takes(word: Text | Form[Any], text: str) -> bool:
    if isinstance(word, Text):
        return word.matches(text)
    try:
        word.parse(text)
    except MalformedError:
        return False
    return True


def _word(word: Text | Form[Any]) -> dict[str, Any]:
    """Return the schema of a text; a number or truth without quotes is one, too, where it may look so."""
    pattern = {"pattern": _whole(word.pattern)} if word.pattern else {}
    looks = (("integer", "1"), ("number", "1.5"), ("boolean", "true"))
    types = [kind for kind, text in looks if _takes(word, text)]
    return {"type": ["string", *types] if types else "string", **pattern}


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _list(shape: ListOf) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "array", "items": to_json(shape.item)}
    if shape.least:
        found["minItems"] = shape.least
    if shape.most is not None:
        found["maxItems"] = shape.most
    return found | ({"uniqueItems": True} if shape.distinct else {})


def _record(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _field(field) for field in record.fields},
        "additionalProperties": False,
    }
    if required := [field.name for field in record.fields if field.required]:
        found["required"] = required
    if record.alternatives:
        bound = sorted({key for keys in record.alternatives for key in keys})
        found["oneOf"] = [
            {"required": list(keys), "properties": {key: False for key in bound if key not in keys}}
            for keys in record.alternatives
        ]
    return found


def _field(field: Field) -> dict[str, Any]:
    found = {"description": field.help, **to_json(field.shape), "examples": [yaml.safe_load(field.example)]}
    return found | ({"default": yaml.safe_load(field.default)} if field.default else {})


def _variants(variants: Variants) -> dict[str, Any]:
    """Return a schema that looks at the deciding key first: an editor tells what fails of one variant."""
    return {
        **_record(variants.common),
        "additionalProperties": True,
        "allOf": [
            {
                "if": {"properties": {variants.key: {"const": word}}, "required": [variants.key]},
                "then": _record(record),
            }
            for word, record in variants.records.items()
        ],
    }
