"""Outcomes: what came of testing a probe on a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tapsmith.diagnostics import TapsmithError
from tapsmith.guest import GuestError
from tapsmith.kernel import Target
from tapsmith.probe import Probe
from tapsmith.qemu import Machine
from tapsmith.testing.comparison import Difference, compare
from tapsmith.testing.expectation import Expectation
from tapsmith.trial import Trial, try_module

State = Literal["passed", "failed", "untested", "unsupported", "error"]
_OF_THE_MODULE = {"load-failed", "unload-failed", "guest-oops", "guest-ended", "guest-timeout", "guest-log"}
"""What a module may cause in a guest; other errors say that nothing could be tested."""


@dataclass(frozen=True)
class Outcome:
    """What came of testing a probe on a kernel.

    `failed` are those that ran, or ought to have, and were not as they should be; `untested` ran well,
    with nothing to compare it with; `unsupported` are excluded by manifests from that kernel; an
    `error` kept it from being tested at all.  `message` is one line, `detail` what a person reads to
    mend it.  `messages` are the module's lines, `output` is the workload's.
    """

    probe: str
    release: str
    state: State
    message: str = ""
    detail: str = ""
    seconds: float = 0.0
    messages: tuple[str, ...] = ()
    output: str = ""
    differences: tuple[Difference, ...] = ()


def try_probe(
    probe: Probe,
    module: Path,
    target: Target,
    machine: Machine,
    expected: Expectation | None,
    timeout_s: float = 60,
) -> Outcome:
    """Run a probe's workload under its module in a guest, and hold what it says against what is expected."""
    try:
        trial = try_module(module, target, probe.workload, machine=machine, timeout_s=timeout_s)
    except TapsmithError as error:
        return refused(probe, target, error)
    return judged(probe, target, trial, expected)


def judged(probe: Probe, target: Target, trial: Trial, expected: Expectation | None) -> Outcome:
    """Return the outcome of a trial: a workload that failed is told before lines that differ."""
    differences = compare(expected, trial.messages) if expected else ()
    state: State = "failed"
    detail = ""
    if trial.status:
        message, detail = f"the workload ended with status {trial.status}", trial.output.rstrip()
    elif trial.warnings:
        message, detail = "the kernel warned", "\n".join(trial.warnings)
    elif differences:
        message = f"{len(differences)} difference{'s' if len(differences) > 1 else ''}"
        detail = "\n".join(map(str, differences))
    elif expected is None:
        state, message = "untested", "it has no expected.txt; `tapsmith test --update` writes one"
    else:
        state, message = "passed", ""
    return Outcome(
        probe=probe.name,
        release=target.release,
        state=state,
        message=message,
        detail=detail,
        seconds=trial.seconds,
        messages=trial.messages,
        output=trial.output,
        differences=differences,
    )


def refused(probe: Probe, target: Target, error: TapsmithError) -> Outcome:
    """Return the outcome of a probe that could not be run to its end."""
    own = set(error.codes) <= _OF_THE_MODULE
    output = error.output.decode("utf-8", "backslashreplace") if isinstance(error, GuestError) else ""
    return Outcome(
        probe=probe.name,
        release=target.release,
        state="failed" if own else "error",
        message=f"{error.problems[0].message} [{error.codes[0]}]",
        detail=str(error),
        output=output,
    )
