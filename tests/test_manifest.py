"""Manifests of fragments: what is read, and the limits of macros."""

from __future__ import annotations

import random

import pytest

from conftest import Project
from tapsmith.diagnostics import TapsmithError
from tapsmith.limits import Limits
from tapsmith.manifest import Hooks, load_fragment

FULL = """\
name: maps
version: 1.2.0
summary: >
  Maps of one or
  two keys
license: GPL-2.0
requires:
  alloc: ^1.0
  stats: {version: ^1.0, when: {MAP_STATS: true}}
provides: [tables]
conflicts: {old_maps: "<2"}
kernel: ">=6.1"
kconfig: [KPROBES]
config:
  HASH_TABLE_BITS: {type: int, default: 8, range: [1, 20], help: "Buckets, as a power of two"}
  MAP_STATS: {type: bool, default: false}
  MODE: {type: enum, default: refuse, choices: [refuse, replace]}
  LABEL: {type: string, default: "10"}
constraints:
  POOL: {range: [4, 64]}
  KIND: {choices: [a, b]}
sources: [maps.c, more/keys.c]
exports:
  functions: {_stp_map_new: process, _stp_map_set: handler}
  types: [MAP, struct map_node]
  macros: [foreach]
hooks: {init: maps_init, exit: maps_exit}
"""
DAMAGE = ["", " ", "\n", ":", "{", "]", '"', "&a ", "\t", "0", "\0"]
SOURCES = {"fragments/maps/maps.c": "", "fragments/maps/more/keys.c": ""}


def test_every_key_of_a_manifest_is_read(project: Project) -> None:
    """A full manifest becomes a fragment that holds all it says."""
    root = project({"manifests/maps.yaml": FULL, **SOURCES})
    fragment = load_fragment(root / "manifests/maps.yaml")
    assert (fragment.name, str(fragment.version), fragment.license) == ("maps", "1.2.0", "GPL-2.0")
    assert fragment.summary == "Maps of one or two keys"
    assert [(r.name, str(r.range), len(r.when)) for r in fragment.requires] == [
        ("alloc", "^1.0", 0),
        ("stats", "^1.0", 1),
    ]
    assert fragment.requires[1].when[0].macro == "MAP_STATS"
    assert fragment.provides == ("tables",)
    assert [(c.name, str(c.range)) for c in fragment.conflicts] == [("old_maps", "<2")]
    assert (str(fragment.kernel), fragment.kconfig) == (">=6.1", ("KPROBES",))
    assert [(s.label, s.path) for s in fragment.sources] == [
        ("fragments/maps/maps.c", root / "fragments/maps/maps.c"),
        ("fragments/maps/more/keys.c", root / "fragments/maps/more/keys.c"),
    ]
    assert [(e.name, e.kind, e.context) for e in fragment.exports] == [
        ("_stp_map_new", "function", "process"),
        ("_stp_map_set", "function", "handler"),
        ("MAP", "type", None),
        ("struct map_node", "type", None),
        ("foreach", "macro", None),
    ]
    assert fragment.hooks == Hooks(init="maps_init", exit="maps_exit")
    assert (fragment.place.line, fragment.at("kernel").line, fragment.at("nowhere").line) == (1, 12, 1)


def test_macros_are_read_by_their_types(project: Project) -> None:
    """Defaults and limits have the type that the macro declares; a quoted number stays a string."""
    root = project({"manifests/maps.yaml": FULL, **SOURCES})
    bits, stats, mode, label = load_fragment(root / "manifests/maps.yaml").config
    assert (bits.default, bits.limits, bits.help) == (8, Limits(1, 20), "Buckets, as a power of two")
    assert (stats.default, stats.kind) == (False, "bool")
    assert (mode.default, mode.limits) == ("refuse", Limits(choices=("refuse", "replace")))
    assert (label.default, label.limits) == ("10", Limits())


def test_constraints_are_read(project: Project) -> None:
    """A constraint holds the macro and its limits."""
    root = project({"manifests/maps.yaml": FULL, **SOURCES})
    pool, kind = load_fragment(root / "manifests/maps.yaml").constraints
    assert (pool.macro, pool.limits) == ("POOL", Limits(4, 64))
    assert (kind.macro, kind.limits.choices) == ("KIND", ("a", "b"))


def test_a_link_out_of_the_fragment_is_refused(project: Project) -> None:
    """A source may not be a symbolic link to what lies elsewhere."""
    root = project({"manifests/maps.yaml": FULL, **SOURCES, "elsewhere.c": ""})
    (root / "fragments/maps/maps.c").unlink()
    (root / "fragments/maps/maps.c").symlink_to(root / "elsewhere.c")
    with pytest.raises(TapsmithError) as caught:
        load_fragment(root / "manifests/maps.yaml")
    assert caught.value.codes == ("source-outside",)


def test_a_damaged_manifest_is_read_or_refused(project: Project) -> None:
    """Whatever characters are lost or put in, the answer is a fragment or problems with places."""
    root = project({"manifests/maps.yaml": FULL, **SOURCES})
    path = root / "manifests/maps.yaml"
    chance = random.Random(20261124)
    places = []
    for _ in range(300):
        text = list(FULL)
        for _ in range(chance.randint(1, 4)):
            text[chance.randrange(len(text))] = chance.choice(DAMAGE)
        path.write_text("".join(text), encoding="utf-8")
        try:
            load_fragment(path)
        except TapsmithError as error:
            places += [problem.place for problem in error.problems]
    assert len(places) > 100
    assert all(place and place.file == path for place in places)


@pytest.mark.parametrize(
    ("one", "other", "excludes"),
    [
        (Limits(1, 4), Limits(4, 9), False),
        (Limits(1, 4), Limits(5, 9), True),
        (Limits(choices=("a", "b")), Limits(choices=("b", "c")), False),
        (Limits(choices=("a",)), Limits(choices=("b",)), True),
        (Limits(), Limits(1, 4), False),
        (Limits(choices=("a",)), Limits(1, 4), False),
    ],
)
def test_limits_exclude_each_other_where_nothing_is_in_both(
    one: Limits, other: Limits, excludes: bool
) -> None:
    """The relation is symmetric and looks at ranges and choices."""
    assert one.excludes(other) is excludes
    assert other.excludes(one) is excludes
