"""`tapsmith check`: its output, its exit status, `--fix`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checked import write_probe
from conftest import Project
from scons_project import ROOT, SCONSTRUCT
from tapsmith.cli import main
from tapsmith.codes import CODES, SECTIONS

YAML = """\
needs:
  kprobes: ^1.0      # no longer
  map_strings: ^1.0  # names
  # the last
  log: ^1.0
"""
CODE = """\
static MAP counts;

static void probe_end(void)
{
	dlog("%d", !counts);
	_stp_map_key(counts, "x");
}

static int probe_begin(void)
{
	return 0;
}
"""


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one probe `p`, which is the current directory."""
    directory = project({"SConstruct": SCONSTRUCT})
    write_probe(directory, YAML, CODE)
    monkeypatch.chdir(directory)
    return directory


def test_findings_are_told_and_end_with_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its place, line, caret and mend; a summary on standard error."""
    assert main(["check"]) == 1
    out = capsys.readouterr()
    assert out.out == (
        "probes/p/p.c:1:8: warning: the probe uses MAP, _stp_map_key of `maps`, which is there only "
        "because `map_strings` requires it [undeclared-need]\n"
        "  static MAP counts;\n         ^\n  mend: add `maps: ^1.0` to needs\n"
        "probes/p/probe.yaml:4:3: warning: the probe uses nothing of `kprobes` [unused-need]\n"
        "    kprobes: ^1.0      # no longer\n    ^\n  mend: remove `kprobes` from needs\n"
    )
    assert out.err == "tapsmith: p checked: 0 errors, 2 warnings\n"


def test_fix_corrects_the_needs_and_keeps_the_rest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments and layout stay; what is then found, is told."""
    assert main(["check", "p", "--fix", "--no-costs"]) == 0
    out = capsys.readouterr()
    assert out.out == "fixed: p needs maps ^1.0 now\nfixed: p no longer needs kprobes\n"
    assert (here / "probes/p/probe.yaml").read_text(encoding="utf-8") == (
        "name: p\nsummary: S\nneeds:\n  map_strings: ^1.0  # names\n  # the last\n  log: ^1.0\n  maps: ^1.0\n"
    )
    assert main(["check"]) == 0
    assert capsys.readouterr().err == "tapsmith: p checked, nothing found\n"


def test_fix_leaves_what_is_no_need(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A choice among several, or a call that may sleep, is left to people."""
    code = "static int hit(struct kprobe *p, struct pt_regs *regs)\n{\n\tmsleep(1);\n\treturn 0;\n}\n"
    code += "static struct kprobe p = { .pre_handler = hit };\n"
    write_probe(here, "needs: {kprobes: ^1.0}\n", code)
    before = (here / "probes/p/probe.yaml").read_bytes()
    assert main(["check", "--fix"]) == 1
    assert "[sleeps-in-handler]" in capsys.readouterr().out
    assert (here / "probes/p/probe.yaml").read_bytes() == before


def test_json_has_all_of_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One value, for findings, fixes and what cannot be checked."""
    assert main(["check", "p", "nothing", "--json", "--no-costs"]) == 2
    value = json.loads(capsys.readouterr().out)
    (one,) = value["checked"]
    assert (one["kind"], one["name"], one["fixes"], one["costs"]) == ("probe", "p", [], None)
    found = one["findings"][0]
    assert (found["code"], found["severity"], found["line"], found["column"]) == (
        "undeclared-need",
        "warning",
        1,
        8,
    )
    assert value["errors"][0]["code"] == "unknown-probe"


def test_a_probe_that_is_refused_does_not_hide_the_others(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and the findings of the rest."""
    other = here / "probes/q"
    other.mkdir()
    (other / "probe.yaml").write_text("name: q\nsummary: S\nneeds: {mapz: ^1.0}\n", encoding="utf-8")
    (other / "q.c").touch()
    assert main(["check"]) == 2
    out = capsys.readouterr()
    assert "[undeclared-need]" in out.out
    assert "[unknown-fragment]" in out.err


def test_fragments_of_the_project_are_checked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All with --fragments, one by its name; shipped ones by name only."""
    assert main(["new", "fragment", "notes"]) == 0
    assert main(["check", "--fragments"]) == 0
    assert main(["check", "maps"]) == 0
    source = here / "fragments/notes/notes.c"
    source.write_text(source.read_text(encoding="utf-8") + "\nstatic void notes_clear(void)\n{\n}\n", "utf-8")
    capsys.readouterr()
    assert main(["check", "notes"]) == 1
    assert "the function notes_clear is named as a public one, but not exported" in capsys.readouterr().out


def test_unknown_names_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest probe or fragment; where there is nothing to check, that is said."""
    assert main(["check", "map"]) == 2
    assert "did you mean `maps`?" in capsys.readouterr().err
    assert main(["check", "--fragments"]) == 2
    assert "[unknown-fragment]" in capsys.readouterr().err


def test_costs_are_measured_in_the_module_that_scons_builds(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bytes of each; a need that only may be used, and of which nothing is there, is found."""
    yaml = "needs: {log: ^1.0, kprobes: ^1.0, syscall_names: ^1.0, maps: ^1.0, map_strings: ^1.0}\n"
    code = CODE.replace('"x"', "1").replace("counts;\n\ns", "counts;\nstatic struct kprobe p;\n\ns", 1)
    code = code.replace(
        "return 0;", "p.symbol_name = KBUILD_MODNAME;\n\treturn _stp_register_kprobes(&p, 1);"
    )
    write_probe(here, yaml, code)
    assert main(["check", "p", "--kernel", "6.1-cloud", "--json"]) == 1
    (one,) = json.loads(capsys.readouterr().out)["checked"]
    costs = {row["name"]: row["code"] + row["data"] for row in one["costs"]}
    assert costs["kprobes"] > costs["p"] > 0
    assert costs["map_strings"] == 0
    assert [found["message"] for found in one["findings"]] == [
        "nothing of `map_strings` got into the module, and the probe's C names nothing of it"
    ]


def test_a_module_that_does_not_build_hides_no_finding(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What scons says stands beside what was found."""
    (here / "SConstruct").unlink()
    assert main(["check", "p", "--kernel", "6.1-cloud", "--json"]) == 2
    value = json.loads(capfd.readouterr().out)
    assert [found["code"] for found in value["checked"][0]["findings"]] == ["undeclared-need", "unused-need"]
    assert [error["code"] for error in value["errors"]] == ["build-failed"]


def test_each_finding_is_explained() -> None:
    """docs/check.md has the codes of checks that the table of codes has."""
    text = (ROOT / "docs/check.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert SECTIONS["`tapsmith check`"].keys() - {"bad-module"} <= rows
    assert rows <= CODES.keys()
