"""Every refusal, as data: a tree in `cases/<behaviour>/` and the problems it must give.

A case holds `manifests/`, `fragments/` and `probes/`, optionally `second/`
(another root) and `target.txt` (a kernel release, then options it is built
with).  `expected.txt` lists each problem as code and place, message, mend.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tapsmith.diagnostics import TapsmithError
from tapsmith.emission import emit
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import check_target, resolve

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("name", sorted(case.name for case in CASES.iterdir()))
def test_case_is_refused_with_the_expected_problems(name: str) -> None:
    """What a user did wrong is told with its code, place and mend, and nothing else is."""
    case = CASES / name
    with pytest.raises(TapsmithError) as caught:
        _run(case)
    assert _listing(caught.value, case) == (case / "expected.txt").read_text(encoding="utf-8")


def _run(case: Path) -> None:
    """Go the way of a build, up to the emitted text."""
    library = Library.load([case, case / "second"])
    for directory in sorted((case / "probes").iterdir()):
        resolution = resolve(load_probe(directory), library)
        target = case / "target.txt"
        if target.exists():
            release, *options = target.read_text(encoding="utf-8").split()
            check_target(resolution, release, dict(option.split("=") for option in options))
        emit(resolution)


def _listing(error: TapsmithError, case: Path) -> str:
    lines = []
    for problem in error.problems:
        lines += [f"{problem.code} {problem.place}", f"  {problem.message}", f"  mend: {problem.mend}"]
    return "\n".join(lines).replace(f"{case}/", "") + "\n"
