"""The shipped probes are as `tapsmith check` wants them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_project import ROOT
from tapsmith.analysis.probe_check import check_probe
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import resolve

PROBES = sorted(file.parent for file in (ROOT / "probes").glob("*/probe.yaml"))
LIBRARY = Library.load([ROOT])


@pytest.mark.parametrize("directory", PROBES, ids=lambda directory: str(directory.name))
def test_a_shipped_probe_is_clean(directory: Path) -> None:
    """Nothing is found in it."""
    found = check_probe(resolve(load_probe(directory), LIBRARY), LIBRARY)
    assert [str(problem) for problem in found] == []
