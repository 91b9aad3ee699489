"""Limits that are set at load, in a real kernel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conftest import Modules
from scons_project import ROOT
from tapsmith.diagnostics import TapsmithError
from tapsmith.probe import load_probe
from tapsmith.trial import Trial, try_module


def load(modules: Modules, *parameters: tuple[str, str]) -> Trial:
    """Run the workload of fileio with parameters."""
    workload = load_probe(ROOT / "probes/fileio").workload
    assert workload
    given = replace(workload, parameters=parameters)
    return try_module(
        modules.path("fileio"), modules.target, given, command="./workload; cp workload other; ./other"
    )


def test_a_limit_set_at_load_holds(modules: Modules) -> None:
    """With room for one name, the older of two is lost; with the default, none is."""
    assert not any("lost" in line for line in load(modules).messages)
    few = load(modules, ("PROCESSES", "1"))
    assert any("lost" in line for line in few.messages)
    assert not any("opens: workload" in line for line in few.messages)


@pytest.mark.parametrize("value", ["0", "100001", "-1"])
def test_a_value_out_of_range_fails_the_load(modules: Modules, value: str) -> None:
    """The message names the parameter, the value and the range."""
    with pytest.raises(TapsmithError) as caught:
        load(modules, ("PROCESSES", value))
    assert caught.value.codes == ("load-failed",)
    assert f"fileio: PROCESSES is {value}, not from 1 to 100000" in str(caught.value)


def test_what_no_int_holds_fails_the_load(modules: Modules) -> None:
    """The kernel itself refuses it."""
    with pytest.raises(TapsmithError) as caught:
        load(modules, ("PROCESSES", "4294967297"))
    assert caught.value.codes == ("load-failed",)
    assert "`4294967297' invalid for parameter `PROCESSES'" in str(caught.value)
