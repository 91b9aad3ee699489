"""The comparison that the tests in guests rest on."""

from __future__ import annotations

import pytest

from expected import differences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a 1\nb 2", ["b 2", "a 1"]),
        ("# a comment\na *", ["a 0x12/0x34"]),
        ("a\na", ["a", "a"]),
        ("a\n...", ["a", "something else"]),
        ("a\n? b *", ["a"]),
        ("a\n? p: lost *", ["p: lost 1", "a", "p: lost 2"]),
    ],
)
def test_lines_as_expected(text: str, found: list[str]) -> None:
    """Order does not count, stars match, `?` lets a line be missing, and `...` lets other lines be."""
    assert differences(text, found) == []


@pytest.mark.parametrize(
    ("text", "found", "wrong"),
    [
        ("a", [], "expected 1 of `a`, found 0"),
        ("a", ["a", "a"], "expected 1 of `a`, found 2"),
        ("a *", ["a 1 2"], "expected 1 of `a *`, found 0"),
        ("a", ["a", "b"], "not expected: `b`"),
        ("a\n...", ["a", "p: lost 1 hits"], "not expected: `p: lost 1 hits`"),
        ("a\n? b", ["a", "c"], "not expected: `c`"),
        ("a.b", ["axb"], "expected 1 of `a.b`, found 0"),
    ],
)
def test_lines_that_differ(text: str, found: list[str], wrong: str) -> None:
    """A missing, repeated or foreign line is a difference."""
    assert wrong in differences(text, found)
