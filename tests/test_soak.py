"""Soak: threads of four CPUs hit one probe; no hit is lost, and a module that goes meanwhile leaves nothing.

`--soak N` makes all of it N times as long (`scons soak`: 20, on all kernels).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import Modules
from scons_project import ROOT
from tapsmith.guest import run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.probe import load_probe
from tapsmith.qemu import Machine
from tapsmith.trial import try_module
from tapsmith.workload import guest_files

PROBE = ROOT / "tests/probes/test_soak"
MACHINE = Machine(cpus=4)
LAST = 1000
HITS = 1_000_000
UNLOADS = 100
ASK_AFTER = 100
TIMEOUT_S = 300
# Slab grows by 10 to 100 KiB in 30 loads of a module that needs no memory (names in sysfs, and the caches
# of those who load it), VmallocUsed and Percpu come and go by a few pages. A map left behind would be 60 KiB,
# 100 times.
SLACK_KIB = (512, 128, 64)

# test_soak comes and goes while threads go on to hit, half of the times by its own wish; before it a module
# that needs no memory, as a measure. Where processors are threads, test_keeper is there: its source says why.
SCRIPT = """\
cd /probe
cycle() {{ for i in $(seq $2); do insmod /$1.ko $3 && rmmod $1 || echo "$1 failed"; done; }}
memory() {{ echo "$1" $(awk '/^(Slab|VmallocUsed|Percpu):/ {{ print $2 }}' /proc/meminfo); }}
{first}
./soak 3 1000 50 /tmp/stop &
cycle hello 3; cycle test_soak 3 TELL=0
cycle hello {few}
memory empty
cycle test_soak {half} TELL=0; cycle test_soak {half} ASK_AFTER={ask}
memory soak
>/tmp/stop
wait
{last}
"""


@pytest.fixture
def factor(request: pytest.FixtureRequest) -> int:
    """How many times as long as usual a soak is."""
    value = request.config.getoption("--soak")
    assert isinstance(value, int)
    return value


def numbers(pattern: str, lines: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the numbers in each line that matches."""
    found = (re.search(pattern, line) for line in lines)
    return [tuple(map(int, match.groups())) for match in found if match]


def test_totals_are_exact(modules: Modules, factor: int) -> None:
    """Few threads on many keys, then many on one: each call is handled, skipped or missed."""
    calls = HITS * factor // 8
    command = f"./soak 4 {calls} 100 && ./soak 8 {calls // 2} 1"
    workload = load_probe(PROBE).workload
    path = modules.path("test_soak")
    trial = try_module(
        path, modules.target, workload, command=command, machine=MACHINE, timeout_s=TIMEOUT_S * factor
    )
    assert trial.status == 0, trial.output
    assert trial.warnings == ()
    made = numbers(r"called (\d+) times, sum (\d+)", trial.output.splitlines())
    total, given = map(sum, zip(*made, strict=True))
    assert total == 8 * calls
    messages = trial.messages
    lost = sum(count for (count,) in numbers(r"lost (\d+) hits of", messages))
    [(handled, told)] = numbers(r"handled (\d+), sum of arguments (\d+)", messages)
    assert handled + lost == total
    threads = [count for (count,) in numbers(r"thread soak\d+: (\d+)", messages)]
    assert sum(threads) == handled
    if not lost:
        assert told == given
        assert sorted(threads) == [calls // 2] * 4 + [calls + calls // 2] * 4
    assert numbers(r"lost (\d+) oldest elements of map 3", messages) == [(handled - LAST,)]
    assert "test_soak: passed 8 checks, failed 0" in messages


@pytest.mark.parametrize("one_thread", [False, True], ids=["threads", "one_thread"])
def test_unloading_under_fire_loses_and_leaves_nothing(
    modules: Modules, tmp_path: Path, factor: int, one_thread: bool
) -> None:
    """Each time the maps hold what was handled, and memory is as it was, but for what the kernel keeps.

    Where QEMU's processors share one thread, the probed function is patched each time while others run it.
    """
    workload = load_probe(PROBE).workload
    assert workload
    half = UNLOADS * factor // 2
    files = dict(guest_files(workload, tmp_path, modules.target.compiler()))
    files |= {f"/{name}.ko": GuestFile(modules.path(name)) for name in ("test_soak", "test_keeper", "hello")}
    first, last = (":", ":") if one_thread else ("insmod /test_keeper.ko", "rmmod test_keeper")
    script = "mkdir -p /tmp\n" + SCRIPT.format(
        few=UNLOADS // 5, half=half, ask=ASK_AFTER, first=first, last=last
    )
    machine = replace(MACHINE, one_thread=one_thread)
    result = run_guest(
        modules.target.require_image(), script, files, machine=machine, timeout_s=TIMEOUT_S * factor
    )
    assert result.status == 0, result.output
    assert "failed" not in result.output
    assert result.warnings == ()
    log = [line for line in result.log if line.startswith("test_soak: ")]
    assert log.count("test_soak: passed 8 checks, failed 0") == 2 * half + 3
    assert not [line for line in log if ": failed: " in line or "not freed" in line]
    check_accounts(log)
    check_memory(result.output)


def check_accounts(log: Sequence[str]) -> None:
    """Check that the account of each load's hits and the module's own counter agree, and what ends them."""
    handled = -1
    for line in log:
        for (count,) in numbers(r"handled (\d+), sum", [line]):
            handled = count
        for counts in numbers(
            r"lost (\d+) hits .*: (\d+) skipped .*, 0 nested.*, (\d+) after .*; (\d+) were", [line]
        ):
            lost, missed, stopped, accounted = counts
            assert lost == missed + stopped
            assert handled == accounted
            # Others go on while the asker is on its way.
            assert handled >= ASK_AFTER


def check_memory(output: str) -> None:
    """Check Slab, VmallocUsed and Percpu of /proc/meminfo (KiB) before and after the loads under fire."""
    [before] = numbers(r"^empty (\d+) (\d+) (\d+)$", output.splitlines())
    [after] = numbers(r"^soak (\d+) (\d+) (\d+)$", output.splitlines())
    grown = [now - then for then, now in zip(before, after, strict=True)]
    assert all(kib <= slack for kib, slack in zip(grown, SLACK_KIB, strict=True)), output
