"""The lines of a probe of this tree held against its expected.txt, as `tapsmith test` does it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tapsmith.testing.comparison import compare
from tapsmith.testing.expectation import expectation_file, load_expectation


def differences(directory: Path, seen: Sequence[str], release: str = "") -> str:
    """Return what of the lines that a probe said is not as expected on a kernel, for people."""
    file = expectation_file(directory, release)
    expected = load_expectation(file)
    assert expected, f"{directory} is untested: it has no {file.name}; `tapsmith test --update` writes one"
    return "\n".join(map(str, compare(expected, seen)))
