"""Runs of `tapsmith test`: probes are built for a kernel, tried in guests, and judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tapsmith import atomic
from tapsmith.accel import Policy
from tapsmith.commands.building import build_modules
from tapsmith.commands.obtaining import obtain_probe
from tapsmith.commands.output import counted, say
from tapsmith.commands.shared import shown
from tapsmith.diagnostics import TapsmithError
from tapsmith.kernel import Target
from tapsmith.kernelcache import told_name
from tapsmith.machines import machine_for
from tapsmith.probe import Probe
from tapsmith.qemu import Machine
from tapsmith.resolution import check_target
from tapsmith.tested import remember
from tapsmith.testing.comparison import compare
from tapsmith.testing.expectation import expectation_file, load_expectation, parse_expectation
from tapsmith.testing.outcome import Outcome, refused, try_probe
from tapsmith.testing.update import first_text, updated_text


@dataclass(frozen=True)
class Settings:
    """How guests are run; with `update`, expectations are written, each once: those in `updated` were."""

    cpus: int = 1
    accel: Policy = "auto"
    timeout_s: float = 60
    update: bool = False
    updated: set[Path] = field(default_factory=set)


def outcomes_on(probes: Sequence[Probe], target: Target, settings: Settings) -> Iterator[Outcome]:
    """Build the probes for a kernel, and yield what comes of each."""
    fitting = []
    for probe in probes:
        excluded = _excluded(probe, target)
        if excluded:
            yield Outcome(probe.name, target.release, "unsupported", excluded.problems[0].message)
        else:
            fitting.append(probe)
    if not fitting:
        return
    machine = machine_for(target, say, cpus=settings.cpus, policy=settings.accel)
    say(f"building {counted(len(fitting), 'probe')} for {told_name(target.release)}")
    for probe, module in zip(fitting, build_modules(fitting, target).values(), strict=True):
        if isinstance(module, TapsmithError):
            yield refused(probe, target, module)
        else:
            yield run_test(probe, module, target, machine, settings)


def run_test(probe: Probe, module: Path, target: Target, machine: Machine, settings: Settings) -> Outcome:
    """Try one module and judge it; how it did is remembered beside it, for the report of a matrix."""
    file = expectation_file(probe.directory, target.release)
    expected = load_expectation(file)
    remember(module, passed=False)
    outcome = try_probe(probe, module, target, machine, expected, settings.timeout_s)
    if (
        settings.update
        and file not in settings.updated
        and (outcome.differences or outcome.state == "untested")
    ):
        outcome = _update(outcome, file)
        # What another kernel says afterwards is held against this, and not written over it.
        settings.updated.add(file)
    remember(module, passed=outcome.state in ("passed", "untested"))
    return outcome


def _update(outcome: Outcome, file: Path) -> Outcome:
    """Write what was seen into the expectation, unless what then stands there is still something else."""
    if outcome.state == "untested":
        text = first_text(outcome.messages)
    else:
        text = updated_text(file.read_text(encoding="utf-8"), outcome.differences)
    if compare(parse_expectation(text, file), outcome.messages):
        return replace(outcome, message=f"{outcome.message}; {file.name} has to be changed by hand")
    atomic.write_text(file, text)
    said = f"{shown(file)} was written"
    return replace(outcome, state="passed", message=said, detail="", differences=())


def _excluded(probe: Probe, target: Target) -> TapsmithError | None:
    """Return why manifests exclude a kernel; what else stands against a probe is told by its build."""
    try:
        resolution = obtain_probe(probe).resolution
    except TapsmithError:
        return None
    try:
        check_target(resolution, target.release, target.config())
    except TapsmithError as error:
        return error
    return None
