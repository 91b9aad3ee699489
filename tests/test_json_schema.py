"""JSON Schema for editors: it takes what the reader takes, and refuses what is wrong in form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from conftest import Project
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.json_schema import DOCUMENTS, schema_file, schema_line, schema_text
from tapsmith.manifest import load_fragment
from tapsmith.probe import load_probe
from test_refusals import CASES

VALIDATORS = {name: Draft202012Validator(json.loads(schema_text(name))) for name in DOCUMENTS}
# What the reader refuses and a schema sees, too.
STRUCTURAL = {
    "bad-context", "bad-name", "bad-origin", "bad-parameter", "bad-provides", "bad-range", "bad-version",
    "duplicate-item", "missing-key", "source-outside", "unknown-key", "unknown-license", "wrong-type",
}  # fmt: skip


class Core(yaml.SafeLoader):
    """Reads as an editor does, by YAML 1.2: only true and false are truths, in their three spellings."""


Core.yaml_implicit_resolvers = {
    first: [
        resolver
        for resolver in resolvers
        if resolver[0] not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def documents(root: Path) -> list[tuple[str, Path]]:
    """Return the manifests and probes below a root."""
    manifests = [("manifest", path) for path in sorted(root.glob("manifests/*.yaml"))]
    return manifests + [("probe", path) for path in sorted(root.glob("probes/*/probe.yaml"))]


def mistakes(kind: str, path: Path) -> list[str]:
    """Return what the schema objects to."""
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=Core)
    return [error.message for error in VALIDATORS[kind].iter_errors(document)]


def codes(kind: str, path: Path) -> tuple[str, ...]:
    """Return the codes of what the reader objects to."""
    try:
        if kind == "probe":
            load_probe(path.parent)
        else:
            load_fragment(path)
    except TapsmithError as error:
        return error.codes
    return ()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_file_is_the_generated_one(name: str) -> None:
    """docs/schema holds what the code says; `python -m tapsmith.reference` renews it."""
    Draft202012Validator.check_schema(json.loads(schema_text(name)))
    assert schema_file(name) == ROOT / f"docs/schema/{name}.json"
    assert schema_file(name).read_text(encoding="utf-8") == schema_text(name)


def test_every_document_of_the_repository_is_taken() -> None:
    """Manifests and probes that build are valid for an editor."""
    found = [document for root in (ROOT, ROOT / "tests", ROOT / "bench") for document in documents(root)]
    assert len(found) > 50
    assert [(path, told) for kind, path in found if (told := mistakes(kind, path))] == []


def test_what_is_wrong_in_form_is_refused() -> None:
    """Of the files of the cases, the schema objects to those to whose form the reader objects."""
    refused, taken = [], []
    for case in sorted(CASES.iterdir()):
        for kind, path in documents(case):
            told = set(codes(kind, path)) - {"missing-source"}
            if "bad-yaml" in told or "duplicate-key" in told or "missing-file" in told:
                continue
            # That a name is the file's or the directory's, no schema knows.
            (refused if mistakes(kind, path) else taken).append((path, told))
    assert len(refused) > 10
    assert len(taken) > 50
    assert [path for path, told in refused if not told] == []
    unlike = [path for path, told in taken if told & STRUCTURAL]
    assert [path.relative_to(CASES).parts[0] for path in unlike] == ["probe_named_unlike_its_directory"]


def with_need(project: Project, need: str) -> Path:
    """Return the probe.yaml of a probe that has this need."""
    text = f"name: p\nsummary: S\nneeds: {{a: {need}}}\n"
    return project({"probes/p/probe.yaml": text, "probes/p/p.c": ""}) / "probes/p/probe.yaml"


@pytest.mark.parametrize(
    "need",
    [
        "{path: ../maps}",
        "{version: ^1, git: u, tag: 1.0}",
        "{git: u, branch: b}",
        "{git: u, commit: 1234567}",
        "{}",
        '"*"',
    ],
)
def test_an_origin_that_is_read_is_taken(project: Project, need: str) -> None:
    """Each form of a need passes both the reader and the schema."""
    path = with_need(project, need)
    assert (codes("probe", path), mistakes("probe", path)) == ((), [])


@pytest.mark.parametrize(
    "need",
    [
        "{path: a, git: u, tag: t}",
        "{git: u}",
        "{tag: t}",
        "{git: u, tag: t, branch: b}",
        '{path: ""}',
        "{at: x}",
        "1.0",
    ],
)
def test_an_origin_that_is_refused_is_objected_to(project: Project, need: str) -> None:
    """No form of a need passes the schema that the reader refuses."""
    path = with_need(project, need)
    assert codes("probe", path)
    assert mistakes("probe", path)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_command_prints_the_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`tapsmith schema` writes what docs/schema holds."""
    assert main(["schema", name]) == 0
    assert capsys.readouterr().out == schema_text(name)


def test_an_editor_finds_the_schema(tmp_path: Path) -> None:
    """In this checkout the line is relative to the file, elsewhere it names where tapsmith lies."""
    here = schema_line("probe", ROOT / "probes/mine/probe.yaml", ROOT)
    assert here == "# yaml-language-server: $schema=../../docs/schema/probe.json\n"
    there = schema_line("manifest", tmp_path / "manifests/mine.yaml", tmp_path)
    assert there == f"# yaml-language-server: $schema={ROOT}/docs/schema/manifest.json\n"


def examples(shape: Any) -> list[tuple[str, Any]]:
    """Return the examples of all fields below a JSON Schema, with their schemas."""
    if isinstance(shape, list):
        return [found for part in shape for found in examples(part)]
    if not isinstance(shape, dict):
        return []
    own = [(str(example), shape) for example in shape.get("examples", ())]
    return own + [found for part in shape.values() for found in examples(part)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_examples_are_right(name: str) -> None:
    """What a field shows as an example is one, and so is its default."""
    found = examples(json.loads(schema_text(name)))
    assert len(found) >= len(DOCUMENTS[name].fields)
    for text, schema in found:
        values = schema["examples"] + ([schema["default"]] if "default" in schema else [])
        assert all(Draft202012Validator(schema).is_valid(value) for value in values), text
