"""Every probe of this tree and of the tests, run in a real kernel; the numbers are exact."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import PROBES, Modules
from expected import differences
from tapsmith.probe import load_probe
from tapsmith.qemu import Machine
from tapsmith.trial import Trial, try_module

TWO_CPUS = ("test_fuzz", "test_percpu", "test_smp", "test_timers")
DIRECTORIES = {Path(probe).name: Path(probe) for probe in PROBES}


def attempt(modules: Modules, name: str, machine: Machine | None = None) -> Trial:
    """Run the workload of a probe under its module."""
    workload = load_probe(DIRECTORIES[name]).workload
    return try_module(modules.path(name), modules.target, workload, machine=machine, timeout_s=120)


def test_the_module_says_what_is_expected(modules: Modules, built_probe: str) -> None:
    """A known workload gives exactly the lines of expected.txt, and nothing is lost that it does not name."""
    expected = (DIRECTORIES[built_probe] / "expected.txt").read_text(encoding="utf-8")
    trial = attempt(modules, built_probe, Machine(cpus=2 if built_probe in TWO_CPUS else 1))
    assert trial.status == 0, trial.output
    assert differences(expected, trial.messages) == []
    assert trial.warnings == ()


def accounts(text: str, probe: str) -> list[tuple[int, int]]:
    """Return how many hits were lost and how many handled, for each probe of that name."""
    lines = re.findall(rf"lost (\d+) hits of {re.escape(probe)}: .*; (\d+) were handled", text)
    return [(int(lost), int(handled)) for lost, handled in lines]


def test_counted_and_skipped_make_all_hits(modules: Modules) -> None:
    """What handlers counted and what the kernel skipped are together just the hits there were."""
    text = "\n".join(attempt(modules, "test_missed").messages)
    numbers = re.search(r"counted (\d+) of (\d+) ticks", text)
    pairs = re.search(r"counted (\d+) before and (\d+) behind 400 tocks", text)
    assert numbers is not None
    assert pairs is not None
    [(lost, handled)] = accounts(text, "test_missed_tick")
    [(lost_pairs, handled_pairs)] = accounts(text, "test_missed_tock")
    assert min(lost, lost_pairs) >= 200
    assert handled == int(numbers[1])
    assert handled_pairs == int(pairs[1]) == int(pairs[2])
    assert lost + handled == lost_pairs + handled_pairs == int(numbers[2]) == 400


def test_returned_and_lost_make_all_calls(modules: Modules) -> None:
    """Calls that a kretprobe followed to their return and those the kernel skipped are all calls."""
    text = "\n".join(attempt(modules, "test_kretprobes").messages)
    returned = re.search(r"(\d+) of 400 ticks returned", text)
    assert returned is not None
    [(lost, handled)] = accounts(text, "the return of test_kretprobes_tick")
    assert lost >= 200
    assert handled == int(returned[1])
    assert lost + handled == 400


def test_called_and_overrun_make_all_periods(modules: Modules) -> None:
    """A timer's calls and the periods it came too late for are all periods that have passed."""
    text = "\n".join(attempt(modules, "test_timers", Machine(cpus=2)).messages)
    numbers = re.search(r"(\d+) calls in (\d+) periods", text)
    assert numbers is not None
    [(lost, handled)] = accounts(text, "the slow timer")
    assert lost >= 20
    assert handled == int(numbers[1])
    assert lost + handled == int(numbers[2])


def test_the_samples_are_there() -> None:
    """The four probes of runtime 0.1 have successors, and each way to attach has one."""
    for name in ("shellsnoop", "fileio", "where_func", "tasklet", "hello", "latency", "switches", "profile"):
        assert (DIRECTORIES[name] / "expected.txt").is_file()
