"""`tapsmith test`: probes on kernels, held against what is expected of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tapsmith import atomic
from tapsmith.commands.output import paint, say
from tapsmith.commands.shared import Subparsers, add_command, find_probe, known_probes, shown
from tapsmith.commands.test_runs import Settings, outcomes_on
from tapsmith.diagnostics import Problem, TapsmithError
from tapsmith.kernel import find_target, kernels_here
from tapsmith.kernelcache import cache_dir, told_name
from tapsmith.probe import PROBE_FILE, Probe, load_probe
from tapsmith.selection import select
from tapsmith.testing.expectation import load_expectation
from tapsmith.testing.junit import junit_text
from tapsmith.testing.outcome import Outcome, State

_STYLES: dict[State, str] = {
    "passed": "green",
    "failed": "red",
    "error": "red",
    "untested": "yellow",
    "unsupported": "yellow",
}


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    test = add_command(
        subparsers,
        "test",
        _run,
        "run probes, with their workloads, in guests, and compare what they say with their expected.txt",
        "tapsmith test fileio --kernel 6.1-cloud,6.12-rt --junit results.xml",
    )
    where = "probes' directories, or their names in probes/ (default: that of the current directory, or all)"
    test.add_argument("probes", nargs="*", metavar="PROBE", help=where)
    test.add_argument(
        "--kernel",
        metavar="LIST",
        help="kernels, with commas: names such as 6.12-rt, patterns such as '6.1*' and `all` for those that "
        "are here (default: as scons has it)",
    )
    test.add_argument("--junit", metavar="FILE", help="write the outcome as JUnit's XML, too")
    test.add_argument(
        "--update", action="store_true", help="write what is seen into expected.txt where it differs"
    )
    test.add_argument("--cpus", type=int, default=1, help="processors of a guest (default: %(default)s)")
    test.add_argument("--timeout", type=float, default=60, metavar="S", help="seconds (default: %(default)s)")
    test.add_argument("--accel", choices=("auto", "tcg", "kvm"), default="auto", help="as `try` has it")


def _run(options: argparse.Namespace) -> int:
    probes = _probes(options.probes)
    names = [name.strip() for name in (options.kernel or "").split(",") if name.strip()]
    releases: tuple[str | None, ...] = select(names, kernels_here(cache_dir())) if names else (None,)
    targets = [find_target(release, progress=say, image=True) for release in releases]
    settings = Settings(options.cpus, options.accel, options.timeout, options.update)
    outcomes = []
    for target in targets:
        for outcome in outcomes_on(probes, target, settings):
            show_outcome(outcome)
            outcomes.append(outcome)
    if options.junit:
        atomic.write_text(Path(options.junit), junit_text(outcomes))
    print(_summary(outcomes))
    return status_of(outcomes)


def _probes(names: Sequence[str]) -> list[Probe]:
    """Return the probes that are meant; every mistake of theirs, and of what is expected of them, at once."""
    directories = [find_probe(name) for name in names]
    if not names:
        here = Path(PROBE_FILE).is_file()
        directories = [Path.cwd()] if here else known_probes() or [find_probe(None)]
    probes: list[Probe] = []
    problems: list[Problem] = []
    for directory in dict.fromkeys(directories):
        try:
            probes.append(load_probe(directory))
            for file in sorted(directory.glob("expected*.txt")):
                load_expectation(Path(shown(file)))
        except TapsmithError as error:
            problems += error.problems
    if problems:
        raise TapsmithError(problems)
    return probes


def show_outcome(outcome: Outcome) -> None:
    """Print what came of a probe on a kernel: one line, and below it what a person needs to mend it."""
    word = paint(outcome.state, _STYLES[outcome.state])
    said = f": {outcome.message}" if outcome.message else ""
    print(
        f"{word} {outcome.probe} on {told_name(outcome.release)} ({outcome.seconds:.1f} s){said}", flush=True
    )
    # A detail of one line is in the message already.
    for line in outcome.detail.splitlines():
        print(f"  {line}", flush=True)


def status_of(outcomes: Sequence[Outcome]) -> int:
    """Return the exit status: 1 where a probe failed, 2 where one could not be tested, else 0."""
    states = {outcome.state for outcome in outcomes}
    return 2 if "error" in states else int("failed" in states)


def _summary(outcomes: Sequence[Outcome]) -> str:
    states = [outcome.state for outcome in outcomes]
    counts = {state: states.count(state) for state in _STYLES}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)
