"""What a probe hit costs in guest instructions.

bpftrace is measured by `scons bench` alone: its packages are large.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from hitcost import build
from hitcost.cases import CASES
from hitcost.goals import goals
from hitcost.measure import ALL_HITS, EMPTY, HITS, Cycles, measure, read
from hitcost.profile import profile
from hitcost.report import as_json, nets, table
from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import load_facts
from tapsmith.guest import GuestResult
from tapsmith.kernel import Target
from tapsmith.kernelcache import cache_dir


@pytest.fixture(scope="module")
def built(any_kernel: Target, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The modules of all cases."""
    facts = load_facts(any_kernel, cache_dir(), progress=print)
    return build.modules(facts, CASES, tmp_path_factory.mktemp("hit_cost"))


@pytest.fixture(scope="module")
def cycles(any_kernel: Target, built: list[Path]) -> Cycles:
    """All cases, measured in one guest."""
    return measure(any_kernel, built)


def test_figures_repeat_exactly(cycles: Cycles) -> None:
    """Two runs execute the same number of instructions; but a list grows, and a ring buffer has pages."""
    different = {name: runs for name, runs in cycles.runs.items() if runs[0] != runs[1]}
    assert different.keys() <= {"list_add", "hand_record"}
    assert all(abs(runs[0] - runs[1]) < HITS for runs in different.values())


def test_every_case_is_measured(cycles: Cycles) -> None:
    """Each case has its figures, and guards are not for nothing."""
    for case in CASES:
        wanted = {"shared", "per CPU", "by hand"} if case.per_cpu else {"shared", "by hand"}
        assert wanted <= nets(case, cycles).keys()
    count = nets(CASES[0], cycles)
    assert 0 < count["by hand"] < count["guarded"] < count["per CPU"] < count["shared"]


def test_a_count_per_cpu_costs_little_more_than_its_guards_by_hand(cycles: Cycles) -> None:
    """At most 45 instructions, and at most 1.3 times the hand-written module with the same guards."""
    net = nets(CASES[0], cycles)
    assert net["per CPU"] <= min(45, 1.3 * net["guarded"])


def test_a_statistic_by_name_costs_at_most_120(cycles: Cycles) -> None:
    """A short name is copied, found, and its statistic added to; in a shared map, too."""
    net = nets(CASES[1], cycles)
    assert max(net["shared"], net["per CPU"]) <= 120


def test_a_shared_map_costs_at_most_twice_its_twin(cycles: Cycles) -> None:
    """Without contention the lock is no more than the rest."""
    for net in (nets(case, cycles) for case in CASES if case.per_cpu):
        assert net["shared"] <= 2 * net["per CPU"]


def test_a_record_costs_a_third_of_bpftrace_s_printf(cycles: Cycles) -> None:
    """That costs 983 here (bench/README.md); and the kernel's own ring buffer costs twice as much as ours."""
    [net] = [nets(case, cycles) for case in CASES if case.name == "record"]
    assert [goal for goal in goals("record", net) if not goal.met] == []
    assert net["shared"] <= min(983 / 3, net["by hand"] / 2)


def test_a_profile_has_the_instructions_that_a_hit_costs(
    any_kernel: Target, built: list[Path], cycles: Cycles
) -> None:
    """Stepping through a hit comes to the same number as counting, function by function."""
    counts = profile(any_kernel, built[0], built[1])
    assert counts.total() == cycles.runs[EMPTY][1] // HITS
    assert {"hit_cost_target", "kprobe_ftrace_handler", "hit"} <= counts.keys()


def said(runs: Mapping[str, int], *, turns: tuple[int, int] = (2016, 4016), how: str = "[FTRACE]") -> str:
    """Return what a guest prints that armed each probe of `runs`."""
    lines = [f"turns {cycles}" for cycles in turns]
    for name, cycles in runs.items():
        lines += [f"armed {name} ffffffffc0201110 k hit_cost_target+0x0 hit_cost_target {how}"]
        lines += [f"run {name} {cycles}"] * 2
    return "\n".join(lines)


def result(output: str, log: tuple[str, ...] = (), **files: str) -> GuestResult:
    """Return what a guest left."""
    left = MappingProxyType({name: text.encode() for name, text in files.items()})
    return GuestResult(0, output.encode(), left, log, (), "", 1.0)


RUNS = {EMPTY: 162016, "long_count": 192016, "bpftrace_long_count": 791016}
COUNTED = (f"long_count: total {ALL_HITS}",)


def figures(output: str = said(RUNS), log: tuple[str, ...] = COUNTED, counted: int = ALL_HITS) -> Cycles:
    """Return the figures of a guest that ran one module and one action of bpftrace."""
    guest = result(output, log, bpftrace_long_count=f"Attaching 1 probe...\n\n@[86]: {counted}\n")
    return read(guest, [EMPTY, "long_count"], ["bpftrace_long_count"])


def test_figures_are_net_of_the_empty_probe() -> None:
    """A figure is instructions a hit beyond those of the empty probe."""
    assert nets(CASES[0], figures()) == {"shared": 30.0, "bpftrace": 629.0}


@pytest.mark.parametrize(
    ("output", "log", "counted", "code"),
    [
        (said(RUNS, turns=(2016, 6016)), COUNTED, ALL_HITS, "bad-clock"),
        (said(RUNS, how=""), COUNTED, ALL_HITS, "not-by-ftrace"),
        (said(RUNS), (f"long_count: total {ALL_HITS - 1}",), ALL_HITS, "bad-total"),
        (said(RUNS), (), ALL_HITS, "bad-total"),
        (said(RUNS), COUNTED, ALL_HITS - 1, "bad-total"),
    ],
    ids=["another-clock", "by-breakpoint", "missed-one", "silent", "bpftrace-missed-one"],
)
def test_figures_that_mean_nothing_are_refused(
    output: str, log: tuple[str, ...], counted: int, code: str
) -> None:
    """No figure comes of another clock, of another kind of hook, or of a probe that missed a hit."""
    with pytest.raises(TapsmithError) as caught:
        figures(output, log, counted)
    assert caught.value.problems[0].code == code


def test_a_line_of_output_counts_as_a_hit() -> None:
    """A probe that prints has seen as many hits as it printed lines."""
    runs = {"output": 4404016}
    assert read(result(said(runs), ("output: sh 86",) * ALL_HITS), ["output"], []).runs["output"]
    with pytest.raises(TapsmithError):
        read(result(said(runs), ("output: sh 86",) * (ALL_HITS - 1)), ["output"], [])


def test_a_record_that_nobody_read_counts_as_a_hit() -> None:
    """A probe that sends records to nobody tells at unload how many there were."""
    lost = "record: lost {} records, nobody read them"
    runs = {"record": 404016}
    assert read(result(said(runs), (lost.format(ALL_HITS),)), ["record"], []).runs["record"]
    with pytest.raises(TapsmithError):
        read(result(said(runs), (lost.format(ALL_HITS - 1),)), ["record"], [])


def test_goals_know_what_is_too_much() -> None:
    """A figure above a goal's limit is told, with the limit."""
    net = {"shared": 100.0, "per CPU": 44.0, "guarded": 32.0, "bpftrace": 350.0}
    assert [str(goal) for goal in goals("long_count", net) if not goal.met] == [
        "long_count per CPU, against by hand with guards: 44.0, at most 41.6",
        "long_count shared, against per CPU: 100.0, at most 88.0",
        "long_count shared, against bpftrace: 100.0, at most 87.5",
    ]


def test_the_report_holds_every_figure() -> None:
    """The table shows figures and ratios; JSON has the cycles that they come from."""
    cycles = figures()
    _, line = table(CASES[:1], cycles).splitlines()
    assert line.split() == ["count", "by", "process", "30.0", "629.0", "20.97"]
    report = as_json("6.1", "0.17.0-1", CASES[:1], cycles)
    assert report["cycles"]["long_count"] == (192016, 192016)
    assert report["net"] == {"long_count": {"shared": 30.0, "bpftrace": 629.0}}
