"""One guest, one probe after another: the cycles of a number of hits, with each probe armed in turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tapsmith.diagnostics import fail
from tapsmith.guest import GuestResult, run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Target
from tapsmith.qemu import Machine

HITS = 1000
"""Hits of one run."""
WARM_UP = 10
"""Hits before the first run: they create the elements."""
ALL_HITS = WARM_UP + 2 * HITS

TARGET = "hit_cost_target"
EMPTY = "empty"
NONE = "none"

_RUN = re.compile(r"^run (\w+) (\d+)$", re.MULTILINE)
_TOTAL = re.compile(r"(\w+): (?:total (\d+)|sh \d+|lost (\d+) records, nobody read them)")
_TURNS = re.compile(r"^turns (\d+)$", re.MULTILINE)
_ARMED = re.compile(rf"^armed (\w+) .*\b{TARGET}\b.*\[FTRACE\]$", re.MULTILINE)

# No hit may come before bpftrace has attached its program to the kprobe that it made. Sleeping costs no time.
_SCRIPT = f"""\
at=/sys/module/{TARGET}/parameters
insmod /bench/{TARGET}.ko || exit 1
turns() {{ echo $1 >$at/turns; echo turns $(cat $at/cycles); }}
armed() {{ echo armed $1 $(grep {TARGET} /sys/kernel/debug/kprobes/list); }}
runs() {{
	echo {WARM_UP} >$at/hits
	for run in 1 2; do echo {HITS} >$at/hits; echo run $1 $(cat $at/cycles); done
}}
bpf() {{
	bpftrace -e "kprobe:{TARGET} {{ $2 }}" >/out/$1 2>&1 &
	for second in $(seq 60); do grep -q {TARGET} /sys/kernel/debug/kprobes/list && break; sleep 1; done
	sleep 5
	armed $1
	runs $1
	sleep 5
	kill -INT $!
	wait $!
}}
turns 1000
turns 2000
runs {NONE}
"""
_MODULE = "insmod /bench/{name}.ko && armed {name} && runs {name} && rmmod {name} || exit 1\n"
_PROGRAM = "bpf {name} '{action}' || exit 1\n"


@dataclass(frozen=True)
class Bpftrace:
    """A bpftrace to measure, too: its version, its files by guest path, and the actions to run, by name."""

    version: str
    files: Mapping[str, GuestFile]
    actions: Mapping[str, str]


NO_BPFTRACE = Bpftrace("", MappingProxyType({}), MappingProxyType({}))


@dataclass(frozen=True)
class Cycles:
    """Cycles that the hits of each of two runs took, by the name of the module or action."""

    runs: Mapping[str, tuple[int, int]]

    def net(self, name: str) -> float:
        """Return instructions a hit, without those of the empty probe."""
        return (self.runs[name][1] - self.runs[EMPTY][1]) / HITS


def measure(
    target: Target, modules: Sequence[Path], bpftrace: Bpftrace = NO_BPFTRACE, *, timeout_s: float = 300
) -> Cycles:
    """Run the hits under each module and action; `modules` begin with the one that holds the function."""
    names = [path.stem for path in modules[1:]]
    files = {f"/bench/{path.name}": GuestFile(path) for path in modules}
    script = "".join(
        [_SCRIPT]
        + [_MODULE.format(name=name) for name in names]
        + [_PROGRAM.format(name=name, action=action) for name, action in bpftrace.actions.items()]
    )
    machine = Machine(icount=True, memory_mib=2048 if bpftrace.files else 512)
    result = run_guest(
        target.require_image(), script, {**bpftrace.files, **files}, machine=machine, timeout_s=timeout_s
    )
    if result.status:
        said = "\n".join([*result.output.splitlines(), *result.log[-9:]])
        raise fail("bench-failed", "the guest's script failed", detail=said)
    return read(result, names, tuple(bpftrace.actions))


def read(result: GuestResult, modules: Sequence[str], actions: Sequence[str]) -> Cycles:
    """Return the figures that a guest printed, after the checks without which they mean nothing."""
    once, twice = (int(cycles) for cycles in _TURNS.findall(result.output))
    if twice - once != 2000:
        raise fail("bad-clock", f"2000 instructions took {twice - once} cycles: a cycle is no instruction")
    armed = set(_ARMED.findall(result.output))
    if others := [name for name in (*modules, *actions) if name not in armed]:
        raise fail("not-by-ftrace", f"these did not hook the function through ftrace: {', '.join(others)}")
    totals = _totals(result.log)
    blind = [name for name in modules if name != EMPTY and totals[name] != ALL_HITS]
    blind += [name for name in actions if not _saw_all(result.files.get(name, b"").decode())]
    if blind:
        raise fail("bad-total", f"these did not see just the {ALL_HITS} hits there were: {', '.join(blind)}")
    runs: dict[str, list[int]] = {}
    for name, cycles in _RUN.findall(result.output):
        runs.setdefault(name, []).append(int(cycles))
    return Cycles({name: (found[0], found[1]) for name, found in runs.items()})


def _totals(log: Sequence[str]) -> Counter[str]:
    """Return how many hits each module counted, printed a line for, or has a record of."""
    totals: Counter[str] = Counter()
    for line in log:
        if found := _TOTAL.fullmatch(line):
            totals[found[1]] += int(found[2] or found[3] or 1)
    return totals


def _saw_all(text: str) -> bool:
    """Tell whether bpftrace's output has the number of hits somewhere, or that many lines of `output`."""
    lines = re.findall(r"^sh \d+$", text, re.MULTILINE)
    return len(lines) == ALL_HITS or re.search(rf"\b{ALL_HITS}\b", text) is not None
