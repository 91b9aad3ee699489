"""docs/manifest.md: its tables are those of the code, its examples are read, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT
from tapsmith import reference, schemas, words
from tapsmith.codes import CODES
from tapsmith.json_schema import DOCUMENTS, schema_text
from tapsmith.manifest import load_fragment
from tapsmith.probe import load_probe
from test_readme import blocks

PAGE = (ROOT / "docs/manifest.md").read_text(encoding="utf-8")


def row(first: str) -> list[str]:
    """Return the cells of the one row of a table that begins so."""
    found = [line for line in PAGE.splitlines() if line.startswith(f"| {first} |")]
    assert len(found) == 1, found
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", found[0])[1:-1]]


def test_the_tables_are_those_of_the_code() -> None:
    """`python -m tapsmith.reference` would change nothing."""
    assert reference.renewed(PAGE) == PAGE
    assert re.findall(r"<!-- (?!end)(.*) -->", PAGE) == [
        "keys of a probe",
        "keys of a manifest",
        "keys of a macro",
        "keys of a project",
        "words",
        "codes",
    ]


DEEP = {
    "`needs.NAME.commit`": ("directory, URL or name in git", ""),
    "`needs.NAME.version`": ("range", 'default `"*"`'),
    "`workload.parameters`": ("mapping: identifier of C to value of a parameter", ""),
    "`exports.functions`": ("mapping: identifier of C to one of `any`, `handler`, `process`", ""),
    "`requires.NAME.when`": ("mapping: macro's name to value of the macro's type", ""),
    "`requires.NAME.version`": ("range", "required"),
    "`constraints.MACRO.range`": ("list of two integers", ""),
    "`choices`, type enum": ("list: name of a choice", "required"),
    "`registries.NAME.path`": ("directory, URL or name in git", ""),
}


@pytest.mark.parametrize("key", DEEP)
def test_keys_at_any_depth_have_a_row(key: str) -> None:
    """A key below others is told with its path, with what it holds, and whether it must be there."""
    assert tuple(row(key)[1:3]) == DEEP[key]


def test_every_code_has_a_row() -> None:
    """Each code can be looked up, with what it means and what to do."""
    for name, code in CODES.items():
        assert row(f"`{name}`") == [f"`{name}`", code.meaning, code.mend]


def test_a_part_that_is_not_known_is_no_part() -> None:
    """A mistyped marker is a mistake, and no empty table."""
    with pytest.raises(KeyError):
        reference.renewed("<!-- keys -->\n<!-- end -->\n")


def test_the_examples_are_read(project: Project) -> None:
    """The examples are without a mistake; those of the two files have every key."""
    probe, manifest, macros = blocks(PAGE, "yaml")[:3]
    head = "version: 1.0.0\nsummary: S\nlicense: GPL-2.0\nsources: [keys.c]\n"
    files = {
        "probes/fileio/probe.yaml": probe,
        "manifests/maps.yaml": manifest,
        "manifests/more.yaml": f"name: more\n{head}{macros}",
    }
    sources = ("probes/fileio/fileio.c", "probes/fileio/workload.c", "probes/fileio/data.txt")
    fragments = ("fragments/maps/maps.c", "fragments/maps/keys.c", "fragments/more/keys.c")
    root = project(files | dict.fromkeys((*sources, *fragments), ""))
    assert load_probe(root / "probes/fileio").places.keys() == schemas.PROBE.by_name.keys()
    assert load_fragment(root / "manifests/maps.yaml").places.keys() == schemas.MANIFEST.by_name.keys()
    kinds = {macro.kind for macro in load_fragment(root / "manifests/more.yaml").config}
    assert kinds == set(words.KINDS)


def test_what_is_written_is_the_page_and_the_schemas(tmp_path: Path) -> None:
    """The writer renews an outdated page, and makes the schemas of editors."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/manifest.md").write_text("A\n<!-- codes -->\nold\n<!-- end -->\nB\n", encoding="utf-8")
    reference.write(tmp_path)
    page = (tmp_path / "docs/manifest.md").read_text(encoding="utf-8")
    assert page.startswith("A\n<!-- codes -->\n\n### Reading a file\n")
    assert page.endswith("<!-- end -->\nB\n")
    assert "\nold\n" not in page
    for name in DOCUMENTS:
        assert (tmp_path / f"docs/schema/{name}.json").read_text(encoding="utf-8") == schema_text(name)


def test_links_lead_to_headings_and_files() -> None:
    """What the page links to is there."""
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
                for line in PAGE.splitlines() if line.startswith("#")}  # fmt: skip
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert link[1:] in headings if link.startswith("#") else (ROOT / "docs" / link).is_file(), link
