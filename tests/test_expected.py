"""What is expected of a module: how expectations are read, and how what was seen is held against them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tapsmith.diagnostics import TapsmithError
from tapsmith.testing.comparison import Difference, compare
from tapsmith.testing.expectation import expectation_file, load_expectation, parse_expectation
from tapsmith.testing.update import first_text, updated_text

FILE = Path("probes/p/expected.txt")


def differences(text: str, seen: list[str]) -> tuple[Difference, ...]:
    """Compare what was seen with the text of an expectation."""
    return compare(parse_expectation(text, FILE), seen)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a 1\nb 2", ["b 2", "a 1"]),
        ("# a comment\n\na *", ["a 0x12/0x34"]),
        ("a\na", ["a", "a"]),
        ("a * * b", ["a 12    1234   b"]),
        ("a\n...", ["a", "something else"]),
        ("a\n? b *", ["a"]),
        ("a\n? p: lost *", ["p: lost 1", "a", "p: lost 2"]),
        ("a {>=10} ns", ["a 10 ns"]),
        ("a {<=5}, b {3..7}", ["a -1, b 7"]),
        ("a {0.5..0.75}%", ["a 0.6%"]),
        ("a >=4096 |@@| {1} {a}", ["a >=4096 |@@| {1} {a}"]),
        ("{2..3} times a *", ["a 1", "a 2", "a 3"]),
        ("{<=1} times a", []),
        ("{>=1} times a\n...", ["a", "a", "b"]),
        ("c\nin order:\na\nb *\na\nany order:\nd", ["d", "a", "b 1", "c", "a"]),
        ("...\nin order:\na\nb", ["c", "a", "c", "b"]),
        ("in order:\na\nin order:\nb", ["b", "a"]),
        ("in order:\nany order:\na", ["a"]),
        ("", []),
    ],
)
def test_lines_as_expected(text: str, seen: list[str]) -> None:
    """Order counts only where it is asked for; stars match, bounds hold, `?` and `...` let lines be."""
    assert differences(text, seen) == ()


@pytest.mark.parametrize(
    ("text", "seen", "said"),
    [
        ("a", [], ["expected.txt:1: a line is expected once, it never came\n  expected  a"]),
        ("a", ["a", "a"], ["expected.txt:1: a line is expected once, it came twice\n  expected  a"]),
        ("a\n\na", [], ["expected.txt:3: a line is expected twice, it never came\n  expected  a"]),
        ("a * b", ["ab"], [
            "expected.txt:1: a line is expected once, it never came\n  expected  a * b",
            "expected.txt: a line came that is not expected\n  seen      ab",
        ]),
        ("a *", ["b 1 2"], [
            "expected.txt:1: a line is expected once, it never came\n  expected  a *",
            "expected.txt: a line came that is not expected\n  seen      b 1 2",
        ]),
        ("a", ["a", "b"], ["expected.txt: a line came that is not expected\n  seen      b"]),
        ("a\n...", ["a", "p: lost 1 hits"], [
            "expected.txt: a line came that is not expected\n  seen      p: lost 1 hits"
        ]),
        ("a\n? b", ["a", "c"], ["expected.txt: a line came that is not expected\n  seen      c"]),
        ("p: opens: wc 8\n...", ["p: x", "p: opens: wc 77"], [
            "expected.txt:1: another line came\n"
            "  expected  p: opens: wc 8\n"
            "  seen      p: opens: wc 77\n"
            "                         ^^"
        ]),
        ("p: took {10..20} ns", ["p: took 9 ns"], [
            "expected.txt:1: another line came\n"
            "  expected  p: took {10..20} ns\n"
            "  seen      p: took 9 ns\n"
            "                    ^"
        ]),
        ("{2..3} times a", ["a"], [
            "expected.txt:1: a line is expected {2..3} times, it came once\n  expected  a"
        ]),
        ("in order:\na 1\nb 2", ["b 2", "a 1"], [
            "expected.txt:2: the lines came in another order\n"
            "  expected  a 1\n"
            "  seen      b 2\n"
            "            ^ ^"
        ]),
        ("in order:\na\nb", ["b"], ["expected.txt:2: a line is expected once, it never came\n  expected  a"]),
        ("a.b", ["axb"], [
            "expected.txt:1: another line came\n  expected  a.b\n  seen      axb\n            ^^^"
        ]),
    ],
)  # fmt: skip
def test_lines_that_differ(text: str, seen: list[str], said: list[str]) -> None:
    """A missing, repeated, changed or foreign line is told with its place and what came instead."""
    assert list(map(str, differences(text, seen))) == said


@pytest.mark.parametrize(
    ("text", "seen", "updated"),
    [
        ("# why\na 1 *\n...\nb", ["a 2 x", "b"], "# why\na 2 *\n...\nb\n"),
        ("a\na\nb", ["a", "c: 1", "c: 2"], "a\nc: 1\nc: 2\n"),
        ("a\nb", ["a", "a", "a"], "a\na\na\n"),
        ("{2..3} times a", ["a"], "{1..3} times a\n"),
        ("in order:\na\nb\nb", ["b", "b", "a", "c"], "in order:\nb\nb\na\nany order:\nc\n"),
        ("p: took {1..5} ns of {>=3}", ["p: took 9 ns of 7"], "p: took 9 ns of {>=3}\n"),
        ("p: took 10 ns\np: took 10 ns\n? q", ["p: took 10 ns", "p: took 12 ns"],
         "p: took 10 ns\np: took 12 ns\n? q\n"),
    ],
)  # fmt: skip
def test_an_update_changes_just_what_differs(text: str, seen: list[str], updated: str) -> None:
    """Comments and cells that fit stay; afterwards nothing differs."""
    assert updated_text(text, differences(text, seen)) == updated
    assert differences(updated, seen) == ()


def test_a_first_expectation_is_what_was_seen() -> None:
    """It expects just these lines, whatever characters they have."""
    seen = ["p: a * b", "p: {1..2}.", "p: a * b", "q: {>=}"]
    assert differences(first_text(seen), seen) == ()
    assert differences(first_text(seen), seen[1:]) != ()


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("a {>=x}", [("`{>=x}` names no bounds of a number", 1, 3)]),
        ("a\nb {7..3} c {>=1", [("no number lies within `{7..3}`", 2, 3),
                                ("`{>=1` names no bounds of a number", 2, 12)]),
        ("{>=many} times a", [("`{>=many}` names no bounds of a number", 1, 1)]),
        ("? ", [("there is no line behind `?`", 1, 1)]),
        ("in order:\n? a", [("a line of a section in order stands for just one", 2, 1)]),
        ("in order:\n{>=2} times a\nany order:\n? b",
         [("a line of a section in order stands for just one", 2, 1)]),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(text: str, mistakes: list[tuple[str, int, int]]) -> None:
    """All mistakes come at once, each with its place and a mend."""
    with pytest.raises(TapsmithError) as caught:
        parse_expectation(text, FILE)
    assert set(caught.value.codes) == {"bad-expectation"}
    found = [(p.message, p.place.line, p.place.column) for p in caught.value.problems if p.place]
    assert found == mistakes
    assert all(problem.mend for problem in caught.value.problems)


def test_files(tmp_path: Path) -> None:
    """A file that is not there expects nothing yet; one that is no text is refused."""
    assert load_expectation(tmp_path / "expected.txt") is None
    (tmp_path / "expected.txt").write_bytes(b"\xff\n")
    with pytest.raises(TapsmithError) as caught:
        load_expectation(tmp_path / "expected.txt")
    assert caught.value.codes == ("bad-expectation",)
    assert "it is not UTF-8" in str(caught.value)
    assert expectation_file(tmp_path, "6.1.0-56-arm64").name == "expected.txt"
    (tmp_path / "expected.arm64.txt").touch()
    assert expectation_file(tmp_path, "6.1.0-56-arm64").name == "expected.arm64.txt"
    assert expectation_file(tmp_path, "6.1.0-56-cloud-amd64").name == "expected.txt"
