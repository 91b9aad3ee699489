"""`tapsmith new`: what it makes builds, loads and reports as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from conftest import Project
from scons_project import SCONSTRUCT, module, scons
from tapsmith.analysis.fragment_check import check_fragment
from tapsmith.cli import main
from tapsmith.json_schema import schema_file
from tapsmith.library import Library
from tapsmith.shipped import shipped_root
from test_trial import tapsmith


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with nothing but its SConstruct, which is the current directory."""
    directory = project({"SConstruct": SCONSTRUCT})
    monkeypatch.chdir(directory)
    return directory


def listing(directory: Path) -> list[str]:
    """Return all files and directories below `directory`."""
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_a_new_probe_runs_as_it_is(here: Path) -> None:
    """It builds with no edit; loaded, it reports what its workload did."""
    made = tapsmith(here, "new", "probe", "reads")
    assert made.stdout == (
        "made probes/reads/probe.yaml, probes/reads/reads.c, probes/reads/expected.txt\n"
        "next: scons reads builds it, tapsmith try reads runs it in a throw-away guest\n"
        "also: tapsmith test reads compares what it says with probes/reads/expected.txt\n"
        "then: change probes/reads/reads.c; tapsmith search WORDS finds fragments, tapsmith add takes one\n"
    )
    run = tapsmith(here, "try", "reads", "--kernel", "6.1-cloud", "--accel", "tcg")
    assert run.returncode == 0, run.stdout
    assert "\nreads: wc: 2 reads\n" in run.stdout
    test = tapsmith(here, "test", "reads", "--kernel", "6.1-cloud", "--accel", "tcg")
    assert test.returncode == 0, test.stdout
    assert "passed reads on 6.1-cloud" in test.stdout


def test_a_new_fragment_is_needed_at_once(here: Path) -> None:
    """A probe that needs a new fragment, and calls it, builds with no edit of the fragment."""
    assert tapsmith(here, "new", "probe", "reads").returncode == 0
    assert tapsmith(here, "new", "fragment", "notes").returncode == 0
    assert tapsmith(here, "add", "notes").returncode == 0
    source = here / "probes/reads/reads.c"
    code = source.read_text(encoding="utf-8")
    code = code.replace("\treturn 0;\n", "\tnotes_note();\n\treturn 0;\n", 1)
    code = code.replace("\tforeach", '\tdlog("%lld", notes_noted());\n\tforeach')
    source.write_text(code, encoding="utf-8")
    run = scons(here, "KERNEL=6.1-cloud", "reads")
    assert run.status == 0, run.output
    assert "warning" not in run.output
    assert module(here, "reads")


def test_a_new_fragment_passes_the_checks_of_shipped_ones(here: Path) -> None:
    """Its manifest, its comments and its C say the same."""
    assert main(["new", "fragment", "notes"]) == 0
    library = Library.load([here, shipped_root()])
    fragment = library.fragments["notes"]
    assert {"notes_note", "notes_noted"} <= {export.name for export in fragment.exports}
    assert check_fragment(fragment, library) == ()


@pytest.mark.parametrize(
    ("kind", "file", "document"),
    [("probe", "probes/x/probe.yaml", "probe"), ("fragment", "manifests/x.yaml", "manifest")],
)
def test_the_first_line_is_for_editors(here: Path, kind: str, file: str, document: str) -> None:
    """It names the JSON Schema that is there, and what was made keeps to it."""
    assert main(["new", kind, "x"]) == 0
    text = (here / file).read_text(encoding="utf-8")
    mark, schema = text.splitlines()[0].split("=", 1)
    assert mark == "# yaml-language-server: $schema"
    assert Path(schema) == schema_file(document)
    rules = json.loads(Path(schema).read_text(encoding="utf-8"))
    assert list(Draft202012Validator(rules).iter_errors(yaml.safe_load(text))) == []


def test_a_new_probe_has_no_findings(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It needs just what it uses, and does nothing in a handler that may sleep."""
    assert main(["new", "probe", "reads"]) == 0
    capsys.readouterr()
    assert main(["check", "reads", "--no-costs"]) == 0
    assert "reads checked, nothing found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "name", "code", "mend"),
    [
        ("probe", "My-Probe", "bad-name", "write `my_probe`"),
        ("probe", "7", "bad-name", "use small letters, digits and `_`, at most 55"),
        ("probe", "../up", "bad-name", "write `up`"),
        ("fragment", "9lives", "bad-name", "write `lives`"),
        ("fragment", "maps", "duplicate-fragment", "choose another name"),
    ],
)
def test_bad_names_are_refused(
    here: Path, capsys: pytest.CaptureFixture[str], kind: str, name: str, code: str, mend: str
) -> None:
    """A name that cannot be is refused with one that can; nothing is written."""
    assert main(["new", kind, name, "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], problem["mend"]) == (code, mend)
    assert listing(here) == ["SConstruct"]


@pytest.mark.parametrize("taken", ["probes/reads/notes.txt", "probes/reads"])
def test_what_is_there_is_left_alone(here: Path, capsys: pytest.CaptureFixture[str], taken: str) -> None:
    """A directory or file of that name is refused, whatever it holds."""
    (here / taken).parent.mkdir(parents=True, exist_ok=True)
    (here / taken).write_text("mine\n", encoding="utf-8")
    before = listing(here)
    assert main(["new", "probe", "reads"]) == 2
    assert "probes/reads is there already [exists]" in capsys.readouterr().err
    assert listing(here) == before


def test_nothing_is_left_of_what_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the manifest cannot be written, the C is not either."""
    (here / "manifests").write_text("no directory\n", encoding="utf-8")
    assert main(["new", "fragment", "notes"]) == 2
    assert "cannot make fragment `notes`" in capsys.readouterr().err
    assert listing(here) == ["SConstruct", "manifests"]


def test_without_a_project_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There has to be an SConstruct."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "probe", "reads"]) == 2
    assert "there is no SConstruct here [no-project]" in capsys.readouterr().err
    assert listing(tmp_path) == []


def test_a_project_that_lists_its_probes_is_told_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where SConstruct has no Glob, the line that it lacks is given."""
    (here / "SConstruct").write_text('env.ProbeModule("probes/mine")\n', encoding="utf-8")
    assert main(["new", "probe", "reads"]) == 0
    assert 'next: add env.ProbeModule("probes/reads") to SConstruct, then: scons' in capsys.readouterr().out
