"""Measure what building many probes takes, beside kbuild with as many modules written by hand.

python bench/build.py [--counts 1,10,100,1000] [--kernel 6.1-cloud] [--runs 5] [--jobs 2] [--json FILE]

The modules do the same in both: a kprobe that counts.  Five builds each: clean,
with nothing changed, with one source changed, from a warm cache of modules
after all that was built is gone (kbuild: clean again), and clean with probes
that use the runtime for what the modules by hand do without, losses counted.
The two take turns, so that both meet the same machine; figures are medians
of the runs.  Of 1,000 there is one clean build, which takes kbuild minutes, and
none of the last two.  The status is 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "site_scons")]

from buildtime.builders import SITE, Build, Time, kbuild, tapsmith  # noqa: E402
from buildtime.sources import write_by_hand, write_probes  # noqa: E402
from tapsmith.kernel import Target, find_target  # noqa: E402

GOALS = {
    ("clean", 100): 0.35,
    ("one changed", 100): 0.6,
    ("nothing changed", 100): 0.5,
    ("nothing changed", 1000): 0.5,
    ("warm cache", 100): 0.15,
}
"""The most that tapsmith may take, as a part of kbuild's time; of a warm cache, of kbuild's clean build."""

_MANY = 1000


@dataclass(frozen=True)
class Row:
    """One kind of build of so many modules: median seconds of both, the ratio, and what it may be at most."""

    modules: int
    kind: str
    kbuild_s: float
    tapsmith_s: float
    kbuild_cpu_s: float
    tapsmith_cpu_s: float
    ratio: float
    goal: float | None

    @property
    def is_missed(self) -> bool:
        """Tell whether the ratio is above the goal."""
        return self.goal is not None and self.ratio > self.goal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    target = find_target(options.kernel, progress=lambda text: print(text, file=sys.stderr))
    rows: list[Row] = []
    print(f"kernel {target.release}, -j{options.jobs}, median of {options.runs}; s, and s of the processors")
    print(f"{'modules':>7}  {'build':<15}  {'kbuild':>15}  {'tapsmith':>15}  {'ratio':>5}  goal")
    for count in options.counts:
        for row in _measure(count, target, options.runs, options.jobs):
            rows.append(row)
            print(_line(row), flush=True)
    if options.json:
        figures = {"kernel": target.release, "runs": options.runs, "jobs": options.jobs}
        text = json.dumps({**figures, "rows": [asdict(row) for row in rows]}, indent=1)
        options.json.write_text(f"{text}\n", encoding="utf-8")
    return int(any(row.is_missed for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what building many probes takes, beside kbuild.")
    parser.add_argument("--counts", type=_numbers, default=[1, 10, 100, 1000], metavar="N,N")
    parser.add_argument("--kernel", default="6.1-cloud", metavar="NAME")
    parser.add_argument("--runs", type=int, default=5, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _line(row: Row) -> str:
    cells = [f"{wall:7.2f} {cpu:7.2f}" for wall, cpu in _pairs(row)]
    goal = "" if row.goal is None else f"{row.goal}{' missed' * row.is_missed}"
    return f"{row.modules:>7}  {row.kind:<15}  {cells[0]}  {cells[1]}  {row.ratio:5.2f}  {goal}".rstrip()


def _pairs(row: Row) -> Iterator[tuple[float, float]]:
    yield row.kbuild_s, row.kbuild_cpu_s
    yield row.tapsmith_s, row.tapsmith_cpu_s


def _measure(count: int, target: Target, runs: int, jobs: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        root = Path(scratch).resolve()
        write_by_hand(root / "kbuild", count)
        write_probes(root / "probes", count)
        _lock(root / "probes")
        theirs = kbuild(root / "kbuild", count, target, jobs)
        ours = tapsmith(root / "probes", count, target, jobs)
        yield from _compare(count, theirs, ours, runs)
        if count >= _MANY:
            return
        cached = tapsmith(root / "probes", count, target, jobs, f"CACHE={root / 'cache'}")
        yield _from_cache(count, theirs, cached, runs)
        write_probes(root / "runtime", count, runtime=True)
        _lock(root / "runtime")
        ours = tapsmith(root / "runtime", count, target, jobs)
        yield _row(count, "clean, runtime", theirs, ours, _clean, runs)


def _compare(count: int, theirs: Build, ours: Build, runs: int) -> Iterator[Row]:
    yield _row(count, "clean", theirs, ours, _clean, 1 if count >= _MANY else runs)
    yield _row(count, "nothing changed", theirs, ours, Build.run, runs)
    numbers = iter(range(1, 2 * runs + 1))
    yield _row(count, "one changed", theirs, ours, lambda build: build.changed(next(numbers)), runs)


def _clean(build: Build) -> Time:
    build.clean()
    return build.run()


def _row(count: int, kind: str, theirs: Build, ours: Build, act: Callable[[Build], Time], runs: int) -> Row:
    pairs = [(act(theirs), act(ours)) for _ in range(runs)]
    return _of(count, kind, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _from_cache(count: int, theirs: Build, cached: Build, runs: int) -> Row:
    """Return the row of a build whose modules all come from a cache, beside kbuild's clean build."""
    _clean(cached)
    before, after = [], []
    for _ in range(runs):
        before.append(_clean(theirs))
        after.append(_clean(cached))
    return _of(count, "warm cache", before, after)


def _of(count: int, kind: str, theirs: Sequence[Time], ours: Sequence[Time]) -> Row:
    their, our = (statistics.median(time.wall for time in times) for times in (theirs, ours))
    their_cpu, our_cpu = (statistics.median(time.cpu for time in times) for times in (theirs, ours))
    return Row(
        modules=count,
        kind=kind,
        kbuild_s=round(their, 3),
        tapsmith_s=round(our, 3),
        kbuild_cpu_s=round(their_cpu, 3),
        tapsmith_cpu_s=round(our_cpu, 3),
        ratio=round(our / their, 3),
        goal=GOALS.get((kind, count)),
    )


def _lock(project: Path) -> None:
    command = [sys.executable, "-m", "tapsmith.cli", "lock"]
    environment = {**os.environ, "PYTHONPATH": str(SITE)}
    subprocess.run(command, cwd=project, env=environment, capture_output=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
