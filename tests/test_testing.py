"""`tapsmith test` and `scons test-NAME`, from a user's seat; what JUnit's XML says of it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import Project
from scons_project import files, scons
from tapsmith.cli import main
from tapsmith.diagnostics import fail
from tapsmith.kernel import Target
from tapsmith.probe import load_probe
from tapsmith.testing.expectation import parse_expectation
from tapsmith.testing.junit import junit_text
from tapsmith.testing.outcome import Outcome, judged, refused
from tapsmith.trial import Trial
from test_trial import KERNEL, tapsmith

SAYING = """\
static int probe_begin(void)
{{
	pr_info("counted %d of 20 things\\n", tick_hit());
	return {status};
}}

static void probe_end(void)
{{
	pr_info("end\\n");
}}
"""
YAML = "name: {name}\nsummary: Says\nneeds: {{tick: ^1.0}}\n{more}workload: {{run: echo working}}\n"


def probes() -> dict[str, str]:
    """Return a project with a probe for each outcome."""
    made = {path: text for path, text in files().items() if not path.startswith("probes/")}
    for name in ("good", "other", "silent", "newer", "refused", "broken"):
        more = 'kernel: ">=6.12"\n' if name == "newer" else ""
        made[f"probes/{name}/probe.yaml"] = YAML.format(name=name, more=more)
        text = SAYING.format(status="-EBUSY" if name == "refused" else "0")
        made[f"probes/{name}/{name}.c"] = text.replace("20", "x" if name == "broken" else "20")
        made[f"probes/{name}/expected.txt"] = f"{name}: counted {{1..9}} of 20 things\n{name}: end\n"
    made["probes/broken/broken.c"] = made["probes/broken/broken.c"].replace("tick_hit()", "no_such()")
    made["probes/other/expected.txt"] = "# Why.\nother: counted {1..9} of 30 things\nother: end\n"
    del made["probes/silent/expected.txt"]
    return made


def test_each_outcome_is_told(project: Project) -> None:
    """Passed, failed, untested, unsupported and not built: for people, as JUnit's XML, and by the status."""
    here = project(probes())
    run = tapsmith(here, "test", "--kernel", KERNEL, "--accel", "tcg", "--junit", "results.xml")
    said = run.stdout
    assert run.returncode == 2, said
    assert f"passed good on {KERNEL} (" in said
    assert (
        "1 difference\n"
        "  expected.txt:2: another line came\n"
        "    expected  other: counted {1..9} of 30 things\n"
        "    seen      other: counted 1 of 20 things\n"
        "                                  ^^\n"
    ) in said
    assert "it has no expected.txt; `tapsmith test --update` writes one\n" in said
    assert "probe `newer` is for kernels >=6.12" in said
    assert "refused.ko [load-failed]" in said
    assert "broken.c:3:" in said
    assert said.endswith("1 passed, 2 failed, 1 error, 1 untested, 1 unsupported\n")
    root = ElementTree.parse(here / "results.xml").getroot()
    assert root.attrib.items() >= {"tests": "6", "failures": "2", "errors": "1", "skipped": "2"}.items()
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    assert cases["good"].find("failure") is None
    assert cases["good"].findtext("system-err") == "good: counted 1 of 20 things\ngood: end"
    assert cases["good"].findtext("system-out") == "working\n"
    assert "of 30 things" in (cases["other"].findtext("failure") or "")
    assert "no_such" in (cases["broken"].findtext("error") or "")
    notes = {(here / "build").glob(f"*/{name}/*.tested"): name for name in ("good", "other")}
    words = [next(iter(found)).read_text(encoding="ascii").split()[1] for found in notes]
    assert words == ["passed", "failed"]


def test_an_update_writes_what_was_seen(project: Project) -> None:
    """An expectation that differs is changed where it does, one that is missing is made; then all pass."""
    here = project(probes())
    arguments = ("test", "other", "silent", "--kernel", KERNEL, "--accel", "tcg")
    run = tapsmith(here, *arguments, "--update")
    assert run.returncode == 0, run.stdout
    changed = (here / "probes/other/expected.txt").read_text(encoding="utf-8")
    assert changed == "# Why.\nother: counted {1..9} of 20 things\nother: end\n"
    made = (here / "probes/silent/expected.txt").read_text(encoding="utf-8")
    assert made.endswith("\nsilent: counted 1 of 20 things\nsilent: end\n")
    assert "probes/silent/expected.txt was written" in run.stdout
    again = scons(here, f"KERNEL={KERNEL}", "test-silent")
    assert again.status == 0, again.output
    assert f"passed silent on {KERNEL} (" in again.output


def test_scons_tells_a_difference(project: Project) -> None:
    """`scons test-NAME` fails where the probe does."""
    here = project(probes())
    run = scons(here, f"KERNEL={KERNEL}", "test-other")
    assert run.status == 2
    assert "  seen      other: counted 1 of 20 things\n" in run.output


def test_expectations_are_read_before_anything_is_built(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be meant in any of them is refused at once, with file and line."""
    made = probes()
    made["probes/good/expected.txt"] = "good: {>=many}\n"
    made["probes/other/expected.txt"] = "a\n?\n"
    monkeypatch.chdir(project(made))
    assert main(["test", "--kernel", KERNEL]) == 2
    said = capsys.readouterr().err
    assert (
        "probes/good/expected.txt:1:7: error: `{>=many}` names no bounds of a number [bad-expectation]"
        in said
    )
    assert "probes/other/expected.txt:2:1: error: there is no line behind `?` [bad-expectation]" in said
    assert not Path("build").exists()


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """A kernel that nothing is run on."""
    return Target("6.1.0-56-cloud-amd64", tmp_path)


def judge(here: Path, target: Target, messages: tuple[str, ...], status: int = 0, *warnings: str) -> Outcome:
    """Return the outcome of a trial that was not run."""
    trial = Trial(status, "said", messages, warnings, 1.0, False)
    expected = parse_expectation("one: end", here / "expected.txt")
    return judged(load_probe(here / "probes/one"), target, trial, expected)


def test_a_trial_is_judged(project: Project, target: Target) -> None:
    """A workload that failed and a kernel's warning are failures, even where the lines are as expected."""
    here = project(files())
    assert judge(here, target, ("one: end",)).state == "passed"
    failed = judge(here, target, ("one: end",), 3)
    assert (failed.state, failed.message, failed.detail) == (
        "failed",
        "the workload ended with status 3",
        "said",
    )
    warned = judge(here, target, ("one: end",), 0, "WARNING: x")
    assert (warned.state, warned.detail) == ("failed", "WARNING: x")
    assert judge(here, target, ()).message == "1 difference"


def test_what_no_module_causes_is_no_failure_of_it(project: Project, target: Target) -> None:
    """A missing tool keeps a probe from being tested; an oops is its failure."""
    probe = load_probe(project(files()) / "probes/one")
    assert refused(probe, target, fail("missing-tool", "no QEMU")).state == "error"
    assert refused(probe, target, fail("guest-oops", "it failed")).state == "failed"


def test_junit_takes_any_text() -> None:
    """Markup is escaped, what XML cannot hold is spelled; a suite has the counts of its own cases."""
    text = 'a < b & "c" \x00\x1b[1m ]]> \ud800 é\n'
    outcomes = [
        Outcome("p", "6.1.0-56-cloud-amd64", "failed", text, text, 1.5, ("p: x",), text),
        Outcome("p", "6.12.117+deb12-rt-amd64", "unsupported", "it is"),
    ]
    document = junit_text(outcomes)
    root = ElementTree.fromstring(document.encode("utf-8"))
    first, second = root.findall("testsuite")
    assert (first.attrib["name"], second.attrib["name"]) == ("6.1-cloud", "6.12-rt")
    assert (first.attrib["failures"], second.attrib["failures"], root.attrib["failures"]) == ("1", "0", "1")
    assert (first.attrib["time"], second.attrib["skipped"]) == ("1.500", "1")
    spelled = 'a < b & "c" \\x00\\x1b[1m ]]> \\xd800 é\n'
    assert first.findtext("testcase/failure") == spelled
    assert first.findtext("testcase/system-out") == spelled
    skipped = second.find("testcase/skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "it is"
    assert json.dumps(root.attrib["tests"]) == '"2"'
