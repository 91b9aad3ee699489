"""Every probe of this tree and of the tests, run in a real kernel; the numbers are exact."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import PROBES, Modules
from expected import differences
from tapsmith.probe import load_probe
from tapsmith.qemu import Machine
from tapsmith.trial import Trial, try_module

DIRECTORIES = {Path(probe).name: Path(probe) for probe in PROBES}


def attempt(modules: Modules, name: str, machine: Machine | None = None) -> Trial:
    """Run the workload of a probe under its module."""
    workload = load_probe(DIRECTORIES[name]).workload
    return try_module(modules.path(name), modules.target, workload, machine=machine, timeout_s=120)


def test_the_module_says_what_is_expected(modules: Modules, built_probe: str) -> None:
    """A known workload gives exactly the lines of expected.txt, and nothing is lost that it does not name."""
    expected = (DIRECTORIES[built_probe] / "expected.txt").read_text(encoding="utf-8")
    trial = attempt(modules, built_probe, Machine(cpus=2 if built_probe == "test_smp" else 1))
    assert trial.status == 0, trial.output
    assert differences(expected, trial.messages) == []
    assert trial.warnings == ()


def test_counted_and_skipped_make_all_hits(modules: Modules) -> None:
    """What a handler counted and what the kernel skipped are together just the hits there were."""
    text = "\n".join(attempt(modules, "test_missed").messages)
    counted, hits = re.search(r"counted (\d+) of (\d+) ticks", text).groups()  # type: ignore[union-attr]
    lost = re.search(r"lost (\d+) hits of test_missed_tick: .*; (\d+) were handled", text)
    assert lost is not None
    assert int(lost[1]) > 0
    assert lost[2] == counted
    assert int(counted) + int(lost[1]) == int(hits) == 200


def test_the_samples_are_there() -> None:
    """The four probes of runtime 0.1 have successors, each with an expected output."""
    for name in ("shellsnoop", "fileio", "where_func", "tasklet"):
        assert (DIRECTORIES[name] / "expected.txt").is_file()
