"""One guest, one module after another: the cycles of a number of hits, with each probe armed in turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tapsmith.diagnostics import fail
from tapsmith.guest import GuestResult, run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Target
from tapsmith.qemu import Machine

HITS = 1000
"""Hits of one run."""
WARM_UP = 10
"""Hits before the first run: they create the elements."""
TARGET = "hit_cost_target"
EMPTY = "empty"
NONE = "none"

_RUN = re.compile(r"^run (\w+) (\d+)$", re.MULTILINE)
_TOTAL = re.compile(r"(\w+): (?:total (\d+)|sh \d+)")
_TURNS = re.compile(r"^turns (\d+)$", re.MULTILINE)
_ARMED = re.compile(r"^armed (\w+) .*\bhit_cost_target\b.*\[FTRACE\]$", re.MULTILINE)

PRELUDE = f"""\
at=/sys/module/hit_cost_target/parameters
insmod /bench/hit_cost_target.ko || exit 1
turns() {{ echo $1 >$at/turns; echo turns $(cat $at/cycles); }}
armed() {{ echo armed $1 $(grep hit_cost_target /sys/kernel/debug/kprobes/list); }}
runs() {{
	echo {WARM_UP} >$at/hits
	for run in 1 2; do echo {HITS} >$at/hits; echo run $1 $(cat $at/cycles); done
}}
turns 1000
turns 2000
runs {NONE}
"""
_MODULE = "insmod /bench/{file} && armed {name} && runs {name} && rmmod {name} || exit 1\n"


@dataclass(frozen=True)
class Cycles:
    """Cycles that the hits of each of two runs took, by the name of the module that was loaded."""

    runs: Mapping[str, tuple[int, int]]

    def net(self, name: str) -> float:
        """Return instructions a hit, without those of the empty probe."""
        return (self.runs[name][1] - self.runs[EMPTY][1]) / HITS


def measure(target: Target, modules: Sequence[Path], *, timeout_s: float = 120) -> Cycles:
    """Run the hits under each module; `modules` begin with hit_cost_target.ko, which is not measured."""
    files = {f"/bench/{path.name}": GuestFile(path) for path in modules}
    script = PRELUDE + "".join(_MODULE.format(file=path.name, name=path.stem) for path in modules[1:])
    result = run_guest(
        target.require_image(), script, files, machine=Machine(icount=True), timeout_s=timeout_s
    )
    if result.status:
        raise fail(
            "bench-failed", "the guest's script failed", detail=result.output + "\n".join(result.log[-9:])
        )
    return read(result, [path.stem for path in modules[1:]])


def read(result: GuestResult, names: Sequence[str]) -> Cycles:
    """Return the figures that a guest printed, after the checks without which they mean nothing."""
    once, twice = (int(cycles) for cycles in _TURNS.findall(result.output))
    if twice - once != 2000:
        raise fail("bad-clock", f"2000 instructions took {twice - once} cycles: a cycle is no instruction")
    armed = set(_ARMED.findall(result.output))
    if other := [name for name in names if name not in armed]:
        raise fail("not-by-ftrace", f"these did not hook the function through ftrace: {', '.join(other)}")
    hits = WARM_UP + 2 * HITS
    totals = _totals(result.log)
    if wrong := {name: totals[name] for name in names if name != EMPTY and totals[name] != hits}:
        raise fail("bad-total", f"of {hits} hits these did not see all, or saw more: {wrong}")
    runs: dict[str, list[int]] = {}
    for name, cycles in _RUN.findall(result.output):
        runs.setdefault(name, []).append(int(cycles))
    return Cycles({name: (found[0], found[1]) for name, found in runs.items()})


def _totals(log: Sequence[str]) -> Counter[str]:
    """Return how many hits each module counted, or printed a line for."""
    totals: Counter[str] = Counter()
    for line in log:
        if found := _TOTAL.fullmatch(line):
            totals[found[1]] += int(found[2] or 1)
    return totals
