"""Modules that ask to be unloaded: from each context, while the workload runs, and never twice.

All on one CPU: what disarms changes the kernel's text under the workload, which QEMU's emulation of several
CPUs does not bear (see probes/test_keeper).  On four CPUs it is in test_soak.py.
"""

from __future__ import annotations

import re
from dataclasses import replace

from conftest import Modules
from scons_project import ROOT
from tapsmith.guest import run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.probe import load_probe
from tapsmith.trial import Trial, try_module

NAME = "test_unload"
STATE = f"/sys/module/{NAME}/parameters/tapsmith_state"
LOST = re.compile(
    r"test_unload: lost (\d+) hits of (\w+): (\d+) skipped .*, 0 nested .*, (\d+) after the stop; (\d+) were"
)


def run(modules: Modules, command: str | None = None, **parameters: int) -> Trial:
    """Load the probe with parameters."""
    workload = load_probe(ROOT / "tests/probes" / NAME).workload
    assert workload
    given = replace(workload, parameters=tuple((key, str(value)) for key, value in parameters.items()))
    return try_module(modules.path(NAME), modules.target, given, command=command, timeout_s=120)


def said(trial: Trial) -> str:
    """Return the module's messages, after what holds of every trial here."""
    assert trial.status == 0, trial.output
    assert trial.unloaded
    assert trial.warnings == ()
    text = "\n".join(trial.messages)
    assert text.count("asks to be unloaded") == 1
    return text


def test_a_handler_ends_the_module_while_the_workload_runs(modules: Modules) -> None:
    """It is removed before the workload ends; no hit after the asking is handled, each is accounted for."""
    trial = run(modules, AFTER=100, CALLS=0)
    text = said(trial)
    assert "asks to be unloaded: enough" in text
    assert "counted 100" in text
    calls = re.search(r"gone after (\d+) calls", trial.output)
    assert calls
    lost = [found for line in trial.messages if (found := LOST.match(line))]
    for found in lost:
        assert (found[2], found[3], found[5]) == ("__x64_sys_getppid", "0", "100")
        assert found[1] == found[4]
        # What is missing in the sum came when nothing was armed any more.
        assert 100 + int(found[1]) <= int(calls[1])


def test_hits_between_the_asking_and_the_disarming_are_told(modules: Modules) -> None:
    """While probe_begin runs nothing is disarmed: 500 hits are handled, just the rest is lost."""
    text = said(run(modules, AFTER=500, CALLS=5000, ROOM=1000))
    assert "counted 500" in text
    found = LOST.search(text)
    assert found
    assert found.groups() == ("4500", "test_unload_hit", "0", "4500", "500")


def test_probe_begin_may_ask(modules: Modules) -> None:
    """Then no hit at all is handled, and what it arms after that is disarmed all the same."""
    text = said(run(modules, FROM_BEGIN=1, CALLS=20))
    assert "asks to be unloaded: at the begin" in text
    assert "counted 0" in text
    found = LOST.search(text)
    assert found
    assert found.groups() == ("20", "test_unload_hit", "0", "20", "0")


def test_a_full_map_may_ask(modules: Modules) -> None:
    """The hit that found no room is the last one that is handled; the map's line names what to raise."""
    text = said(run(modules, ROOM=5, AFTER=1000, CALLS=10))
    assert "asks to be unloaded: a map is full" in text
    assert "counted 6" in text
    assert re.search(r"lost 1 new elements of map 1 .*; raise ROOM in probe.yaml \(now 5; 6 would", text)
    found = LOST.search(text)
    assert found
    assert found.groups() == ("4", "test_unload_hit", "0", "4", "6")


def test_an_interrupt_may_ask(modules: Modules) -> None:
    """A timer's interrupt ends the module as a handler does."""
    text = said(run(modules, FROM_IRQ=1, AFTER=1000000, CALLS=0))
    assert "asks to be unloaded: its work is done" in text


def bare(modules: Modules, script: str) -> list[str]:
    """Return the output of a script with the module as /m.ko, and nobody who watches it."""
    files = {"/m.ko": GuestFile(modules.path(NAME))}
    result = run_guest(modules.target.require_image(), script, files)
    assert result.warnings == ()
    return result.output.splitlines()


def test_what_has_asked_is_disarmed_and_shows_it(modules: Modules) -> None:
    """With nobody to remove it the module stays, says `unload`, and has no probe in the kernel."""
    wait = "while grep -q getppid /sys/kernel/debug/kprobes/list; do usleep 1000; done"
    script = f"insmod /m.ko FROM_BEGIN=1; {wait}; cat {STATE}; rmmod {NAME}; echo $?"
    assert bare(modules, script) == ["unload", "0"]


def test_the_state_cannot_be_set(modules: Modules) -> None:
    """A load that gives it fails, and so does writing."""
    load = "insmod /m.ko tapsmith_state=unload || insmod /m.ko CALLS=0"
    output = bare(modules, f"{load}; (echo unload >{STATE}); cat {STATE}; rmmod {NAME}")
    assert "Operation not permitted" in output[0]
    assert output[-1] == "running"


def test_a_module_that_does_not_ask_is_left_alone(modules: Modules) -> None:
    """It is there until the workload ends, and is removed then, as any other."""
    trial = run(modules, f"usleep 100000; cat {STATE}", CALLS=1)
    assert trial.output == "running\n"
    assert not trial.unloaded
    assert trial.messages == (f"{NAME}: counted 1",)


def test_what_asks_too_late_for_the_watcher_is_unloaded_once(modules: Modules) -> None:
    """A module that has asked just when the workload ends is removed, and the trial tells that it asked."""
    trial = run(modules, "true", FROM_BEGIN=1, CALLS=1)
    assert "counted 0" in said(trial)
