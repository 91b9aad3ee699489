"""Reader and JSON Schema agree, whatever is put where in a document."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import yaml

from conftest import Project
from test_json_schema import codes, mistakes
from test_readme import blocks
from test_reference import PAGE

VALUES: list[Any] = yaml.safe_load("""
[1, 1.5, true, false, a, A, a-b, ^1.0, 1.0.0, "", any, GPL, ../x.c, /x, 'q"q', [], {}, [a], [a, a], [1, 2],
 [2, 1], [[a]], {a: ^1}, {A: 1}, {a: default}, {f: any}, {range: [1, 2]}, {path: x}, {git: u, tag: t},
 {git: u}, {version: ^1, when: {A: 1}}, {x: {y: {}}}, {type: int, default: 1}, {type: bool, default: 1},
 {type: enum, default: a, choices: [a]}]
""")
KEYS = ["a", "A", "when", "path", "x y", "load", "range"]
# What no schema sees: other files, the order of two numbers, a name that is the file's.
UNSEEN = {"missing-source", "macro-out-of-range", "macro-not-loadable"}


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Return each place in a document, as what holds it and the key there."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(inside):
        yield node, key
        yield from places(value)


def change(document: Any, chance: random.Random) -> None:
    """Put something else in one place, take something away, or add a key."""
    holder, key = chance.choice(list(places(document)))
    what = chance.choice(["put", "put", "put", "take", "add"])
    if what == "take":
        del holder[key]
    elif what == "add" and isinstance(holder, dict):
        holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(VALUES))
    else:
        holder[key] = copy.deepcopy(chance.choice(VALUES))


def test_the_schema_takes_what_the_reader_takes(project: Project) -> None:
    """Of documents near to a right one, the schema refuses none that is read, and few others pass."""
    probe, manifest = blocks(PAGE, "yaml")[:2]
    sources = ("fileio.c", "workload.c", "data.txt")
    files = [f"probes/fileio/{name}" for name in sources] + ["fragments/maps/maps.c", "fragments/maps/keys.c"]
    root = project({"manifests/maps.yaml": manifest, **dict.fromkeys(files, "")})
    paths = {"probe": root / "probes/fileio/probe.yaml", "manifest": root / "manifests/maps.yaml"}
    right = {"probe": yaml.safe_load(probe), "manifest": yaml.safe_load(manifest)}
    chance = random.Random(20261124)
    read = refused = 0
    passed = set()
    for _ in range(400):
        kind = chance.choice(sorted(right))
        document = copy.deepcopy(right[kind])
        for _ in range(chance.randint(1, 2)):
            change(document, chance)
        text = yaml.safe_dump(document)
        paths[kind].write_text(text, encoding="utf-8")
        told, seen = set(codes(kind, paths[kind])), mistakes(kind, paths[kind])
        assert told or not seen, (text, seen)
        read += not told
        refused += bool(seen)
        passed |= set() if seen else told
    assert read > 25
    assert refused > 200
    assert passed <= UNSEEN | {"bad-name", "wrong-type"}
