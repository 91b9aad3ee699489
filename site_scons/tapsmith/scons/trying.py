"""The action of `scons try-NAME`: a module runs in a guest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from SCons.Action import Action

from tapsmith.diagnostics import TapsmithError
from tapsmith.scons.refusal import failed
from tapsmith.scons.session import Built, Session, say


def _try(target: Any, source: Any, env: Any) -> int:
    """Try the module; the status is the workload's."""
    from tapsmith.commands.try_ import show_trial
    from tapsmith.kernel import find_target
    from tapsmith.machines import machine_for

    session: Session = env["TAPSMITH"]
    built: Built = env["PROBE_BUILT"]
    try:
        kernel = find_target(built.facts.target.release, progress=say, image=True)
        machine = machine_for(kernel, say)
        probe = session.obtained(built.wanted).resolution.probe
        # One guest at a time: what several say at once could not be read.
        with session.guest:
            return show_trial(probe, Path(built.module.abspath), kernel, machine)
    except TapsmithError as error:
        raise failed(error) from None


def _title(target: Any, source: Any, env: Any) -> str:
    return f"  TRY      {env['PROBE_BUILT'].plan.name}"


TRY = Action(_try, _title)
