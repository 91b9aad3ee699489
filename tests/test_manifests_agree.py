"""Manifests and sources of fragments say the same: those shipped do, and what does not is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_project import ROOT
from tapsmith.analysis.contexts import call_graph, contexts
from tapsmith.analysis.fragment_check import check_fragment
from tapsmith.analysis.sources import read_units
from tapsmith.library import Library

SHIPPED = Library.load([ROOT])

MANIFEST = """\
name: f
version: 1.0.0
summary: S
license: GPL-2.0
requires: {maps: ^1.0}
sources: [f.c]
exports:
  functions: {f_hit: any, f_make: process}
  types: [struct f_place, F_TYPE, f_word, f_call]
  macros: [F_MOST, F_FIRST, f_each]
hooks: {init: f_start}
handlers: {f_handler: F_HANDLER}
"""
SOURCE = """\
#define F_MOST 5
#define F_HANDLER(name) static void name(void)
#define F_TYPE struct f_place *
enum { F_FIRST, F_SECOND };

struct f_place {
	int line;
};
typedef struct f_other *f_word;
typedef void (*f_call)(int line);

/* Not for probes. */
static void _f_note(int line)
{
}

/**
 * f_hit() - does it
 * @place: where
 * @act:   what
 *
 * Context: any.
 */
static void __printf(1, 2) f_hit(struct f_place *place, void (*act)(int line))
{
	_f_note(place->line);
}

/**
 * f_each() - once for each
 * @x: which
 *
 * Context: any.
 */
#define f_each(x) f_hit(&(x), NULL)

/**
 * f_make() - makes one
 *
 * Context: process.
 */
static MAP f_make(void)
{
	return _stp_map_new(F_MOST, INT64);
}

static int f_start(void)
{
	return 0;
}
"""


def told(directory: Path, manifest: str, source: str) -> list[str]:
    """Return what a check finds in a fragment `f`, as `file:line: severity: message [code]`."""
    for name, text in (("manifests/f.yaml", manifest), ("fragments/f/f.c", source)):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    library = Library.load([directory, ROOT])
    return [
        f"{p.place.file.name}:{p.place.line}: {p.severity}: {p.message} [{p.code}]"
        for p in check_fragment(library.fragments["f"], library)
        if p.place
    ]


@pytest.mark.parametrize("name", sorted(SHIPPED.fragments))
def test_a_shipped_fragment_agrees_with_its_manifest(name: str) -> None:
    """Exports are defined, documented, and complete; contexts and parameters are those of the comments."""
    assert [str(problem) for problem in check_fragment(SHIPPED.fragments[name], SHIPPED)] == []


def test_calls_of_shipped_fragments_are_seen() -> None:
    """The test above does not pass because it sees no calls: some of a map's lead a long way."""
    graph = call_graph([unit for fragment in SHIPPED.fragments.values() for unit in read_units(fragment)])
    assert {"_stp_map_key_str", "_stp_map_key_long"} <= {call.name for call in graph["_stp_map_key"]}
    assert sum(map(len, graph.values())) > 1000
    assert contexts(list(SHIPPED.fragments.values()))["_stp_map_new"] == "process"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("int x;", "int x;"), []),
        (("f_make(void)", "f_made(void)"), [
            "f.yaml:8: error: `f` exports the function f_make, which its C lacks [missing-export]",
            "f.c:42: error: the function f_made is named as a public one, but not exported [unlisted-export]",
        ]),
        (("struct f_place {", "struct f_spot {"), [
            "f.yaml:9: error: `f` exports the type struct f_place, which its C lacks [missing-export]",
        ]),
        (("#define F_TYPE struct", "// F_TYPE struct"), [
            "f.yaml:9: error: `f` exports the type F_TYPE, which its C lacks [missing-export]",
        ]),
        (("f_word;", "f_words;"), [
            "f.yaml:9: error: `f` exports the type f_word, which its C lacks [missing-export]",
        ]),
        (("(*f_call)", "(*f_called)"), [
            "f.yaml:9: error: `f` exports the type f_call, which its C lacks [missing-export]",
        ]),
        (("F_FIRST,", "F_LAST,"), [
            "f.yaml:10: error: `f` exports the macro F_FIRST, which its C lacks [missing-export]",
        ]),
        (("/* Not for", "/**\n * _f_note() - notes\n * @line: which\n */\n/* Not for"), [
            "f.c:13: error: _f_note has a kernel-doc comment, but manifests/f.yaml does not export it "
            "[unlisted-export]",
        ]),
        (("define F_MOST 5", "define F_MOST 5\n#define F_LEAST 1"), [
            "f.c:2: error: the macro F_LEAST is named as a public one, but not exported [unlisted-export]",
        ]),
        (("/**\n * f_make", "/*\n * f_make"), [
            "f.yaml:8: warning: the exported function f_make has no kernel-doc comment [undocumented-export]",
        ]),
        (("Context: process", "Context: handler"), [
            "f.c:38: error: the comment of f_make is for the context handler, the manifest says process "
            "[context-mismatch]",
        ]),
        ((" * Context: process.\n", ""), [
            "f.c:38: error: the comment of f_make has no line `Context:`, the manifest says process "
            "[context-mismatch]",
        ]),
        ((" * @act:   what\n", ""), [
            "f.c:18: error: the comment of f_hit describes (place), its definition takes (place, act) "
            "[parameter-mismatch]",
        ]),
        (("f_each(x)", "f_each(y)"), [
            "f.c:30: error: the comment of f_each describes (x), its definition takes (y) "
            "[parameter-mismatch]",
        ]),
        (("f_start", "_f_start"), [
            "f.yaml:11: error: fragment `f` has the hook f_start, which its C lacks [missing-hook]",
        ]),
        (("F_HANDLER(", "_F_HANDLER("), [
            "f.yaml:12: error: `F_HANDLER`, for handlers in `.f_handler`, is no macro of `f` "
            "[missing-export]",
        ]),
        (("NULL)\n", "f_make())\n"), [
            "f.c:35: error: f_each -> f_make (process), but f_each is for the context any "
            "[sleeps-in-handler]",
        ]),
        (("{\n}", "{\n\tmsleep(line);\n}"), [
            "f.c:15: error: f_hit -> _f_note -> msleep (waits), but f_hit is for the context any "
            "[sleeps-in-handler]",
            "f.c:15: error: f_each -> f_hit -> _f_note -> msleep (waits), but f_each is for the context any "
            "[sleeps-in-handler]",
        ]),
        (("{\n}", "{\n\t_stp_map_start(NULL);\n}"), [
            "f.c:15: error: f_hit -> _f_note -> _stp_map_start (handler), but f_hit is for the context any "
            "[sleeps-in-handler]",
            "f.c:15: error: f_each -> f_hit -> _f_note -> _stp_map_start (handler), but f_each is for the "
            "context any [sleeps-in-handler]",
        ]),
    ],
)  # fmt: skip
def test_a_disagreement_is_found(tmp_path: Path, change: tuple[str, str], expected: list[str]) -> None:
    """One change of the C at a time; without any, nothing is found."""
    assert sorted(told(tmp_path, MANIFEST, SOURCE.replace(*change))) == sorted(expected)
