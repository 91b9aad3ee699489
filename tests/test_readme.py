"""What the README shows is true: the tutorial runs."""

from __future__ import annotations

import re

from conftest import Project
from scons_project import ROOT, SCONSTRUCT
from test_trial import tapsmith

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of code in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_tutorial_s_probe_runs(project: Project) -> None:
    """The two files of the tutorial, copied, are a probe that counts the reads of its workload."""
    directory = project(
        {
            "SConstruct": SCONSTRUCT,
            "probes/reads/probe.yaml": blocks(README, "yaml")[0],
            "probes/reads/reads.c": blocks(README, "c")[0],
        }
    )
    run = tapsmith(directory, "try", "reads", "--kernel", "6.1-cloud")
    assert run.returncode == 0, run.stdout
    # Each of the two files is read until a read gives nothing.
    assert "\nreads: wc: 4 reads\n" in run.stdout
    assert "\n    reads: wc: 4 reads\n" in README


def test_the_first_commands_are_the_two() -> None:
    """The README begins with one command that builds and one that tests."""
    commands = [line.split("#")[0].strip() for line in README.splitlines() if line.startswith("    ./sconsw")]
    assert commands[:2] == ["./sconsw", "./sconsw test"]
