"""The actions of `scons try-NAME` and `scons test-NAME`: a module runs in a guest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Action import Action

from tapsmith.diagnostics import TapsmithError
from tapsmith.scons.refusal import failed
from tapsmith.scons.session import Built, Session, say

if TYPE_CHECKING:
    from tapsmith.kernel import Target
    from tapsmith.probe import Probe
    from tapsmith.qemu import Machine


def _try(target: Any, source: Any, env: Any) -> int:
    """Try the module; the status is the workload's."""
    from tapsmith.commands.try_ import show_trial

    return _in_guest(env, show_trial)


def _test(target: Any, source: Any, env: Any) -> int:
    """Hold what the module says against what is expected of it; the status is 1 if that differs."""
    from tapsmith.commands.test import show_outcome, status_of
    from tapsmith.commands.test_runs import Settings, run_test

    def judge(probe: Probe, module: Path, kernel: Target, machine: Machine) -> int:
        outcome = run_test(probe, module, kernel, machine, Settings())
        show_outcome(outcome)
        return status_of([outcome])

    return _in_guest(env, judge)


def _in_guest(env: Any, run: Callable[[Probe, Path, Target, Machine], int]) -> int:
    """Call `run` with the probe, its module, the kernel and the machine of a guest; one guest at a time."""
    from tapsmith.kernel import find_target
    from tapsmith.machines import machine_for

    session: Session = env["TAPSMITH"]
    built: Built = env["PROBE_BUILT"]
    try:
        kernel = find_target(built.facts.target.release, progress=say, image=True)
        machine = machine_for(kernel, say)
        probe = session.obtained(built.wanted).resolution.probe
        # What several say at once could not be read.
        with session.guest:
            return run(probe, Path(built.module.abspath), kernel, machine)
    except TapsmithError as error:
        raise failed(error) from None


def _title(word: str) -> Any:
    return lambda target, source, env: f"  {word:8} {env['PROBE_BUILT'].plan.name}"


TRY = Action(_try, _title("TRY"))
TEST = Action(_test, _title("TEST"))
