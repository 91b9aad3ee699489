"""Every probe of this tree and of the tests, run in a real kernel; the numbers are exact."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from batch import run_probes
from conftest import PROBES, Modules
from expected import differences
from scons_project import ROOT
from tapsmith.probe import load_probe
from tapsmith.qemu import Machine
from tapsmith.testing.expectation import EXPECTED_FILE
from tapsmith.trial import Trial, try_module

TWO_CPUS = (
    "test_buffers",
    "test_fuzz",
    "test_nmi",
    "test_percpu",
    "test_periodic",
    "test_readers",
    "test_reentrance",
    "test_smp",
    "test_timers",
)
"""Those that run on two CPUs."""
ONE_THREAD = ("test_reentrance",)
"""Those that arm probes on functions which another CPU is in at that moment."""
DIRECTORIES = {Path(probe).name: Path(probe) for probe in PROBES}
SHIPPED = [directory for directory in DIRECTORIES.values() if directory.parent == ROOT / "probes"]
"""Those of this tree: one guest does for all."""
Attempt = Callable[[str], Trial]


@pytest.fixture(scope="session")
def attempt(modules: Modules, tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    """Return a function that runs the workload of a probe under its module, once for all tests that ask."""

    @cache
    def run_shipped() -> Mapping[str, Trial]:
        return run_probes(modules, SHIPPED, tmp_path_factory.mktemp("shipped")).trials

    @cache
    def run(name: str) -> Trial:
        if DIRECTORIES[name] in SHIPPED:
            return run_shipped()[name]
        workload = load_probe(DIRECTORIES[name]).workload
        machine = Machine(cpus=2 if name in TWO_CPUS else 1, one_thread=name in ONE_THREAD)
        return try_module(modules.path(name), modules.target, workload, machine=machine, timeout_s=120)

    return run


def test_the_module_says_what_is_expected(attempt: Attempt, built_probe: str) -> None:
    """A known workload gives exactly the lines of expected.txt, and nothing is lost that it does not name."""
    trial = attempt(built_probe)
    assert trial.status == 0, trial.output
    assert trial.warnings == ()
    if not (DIRECTORIES[built_probe] / EXPECTED_FILE).is_file():
        pytest.skip(f"untested: {built_probe} has no {EXPECTED_FILE}; `tapsmith test --update` writes one")
    assert differences(DIRECTORIES[built_probe], trial.messages) == ""


def accounts(text: str, probe: str) -> list[tuple[int, int]]:
    """Return how many hits were lost and how many handled, for each probe of that name."""
    lines = re.findall(rf"lost (\d+) hits of {re.escape(probe)}: .*; (\d+) were handled", text)
    return [(int(lost), int(handled)) for lost, handled in lines]


def test_counted_and_skipped_make_all_hits(attempt: Attempt) -> None:
    """What handlers counted and what the kernel skipped are together just the hits there were."""
    text = "\n".join(attempt("test_missed").messages)
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


def test_returned_and_lost_make_all_calls(attempt: Attempt) -> None:
    """Calls that a kretprobe followed to their return and those the kernel skipped are all calls."""
    text = "\n".join(attempt("test_kretprobes").messages)
    returned = re.search(r"(\d+) of 400 ticks returned", text)
    assert returned is not None
    [(lost, handled)] = accounts(text, "the return of test_kretprobes_tick")
    assert lost >= 200
    assert handled == int(returned[1])
    assert lost + handled == 400


def test_called_and_overrun_make_all_periods(attempt: Attempt) -> None:
    """A timer's calls and the periods it came too late for are all periods that have passed."""
    text = "\n".join(attempt("test_timers").messages)
    numbers = re.search(r"(\d+) calls in (\d+) periods", text)
    assert numbers is not None
    [(lost, handled)] = accounts(text, "the slow timer")
    assert lost >= 20
    assert handled == int(numbers[1])
    assert lost + handled == int(numbers[2])


def test_probes_on_what_the_runtime_calls(attempt: Attempt) -> None:
    """Hits by what handlers call are skipped and counted; what the handlers that ran counted is all there."""
    text = "\n".join(attempt("test_reentrance").messages)
    numbers = re.search(r"(\d+) runs, (\d+) counted", text)
    refused = re.search(r"lost (\d+) operations on map 1,", text)
    assert numbers is not None
    assert int(numbers[1]) == int(numbers[2]) + (int(refused[1]) if refused else 0)
    assert int(numbers[1]) > 10000
    assert len(re.findall(r"kprobe \d+ in", text)) == 20
    for function in ("vsnprintf", "copy_from_user_nofault"):
        [(lost, handled)] = accounts(text, function)
        assert min(lost, handled) > 0


def test_the_samples_are_there() -> None:
    """The four probes of runtime 0.1 have successors, and each way to attach has one."""
    for name in ("shellsnoop", "fileio", "where_func", "tasklet", "hello", "latency", "switches", "profile"):
        assert (DIRECTORIES[name] / EXPECTED_FILE).is_file()
