"""The descriptions that a schema is made of."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapsmith.schema import OneOf, Record, Text
from tapsmith.schemas import CONSTRAINT, NEED, WORKLOAD
from tapsmith.versions import MalformedError
from tapsmith.words import PATH, RANGE, VERSION

NUMBERS = st.sampled_from(["0", "1", "12", "01", "*"])
VERSIONS = st.builds(
    lambda numbers, pre, build: ".".join(numbers) + pre + build,
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.sampled_from(["", "-a", "-rc.1", "-01", "-"]),
    st.sampled_from(["", "+b.1", "+"]),
)
CLAUSES = st.builds(
    lambda space, operator, version: space + operator + version,
    st.sampled_from(["", " "]),
    st.sampled_from(["", "^", "~", ">=", "<=", ">", "<", "=", "==", "^ "]),
    VERSIONS | st.just("*") | st.just(""),
)


def taken(parse: object, text: str) -> bool:
    """Tell whether a parser takes the text."""
    assert callable(parse)
    with contextlib.suppress(MalformedError):
        parse(text)
        return True
    return False


@given(st.lists(CLAUSES, min_size=1, max_size=3).map(",".join))
def test_an_editor_takes_every_range_that_is_one(text: str) -> None:
    """The pattern refuses no range; and where it takes one clause, the clause is a range."""
    matches = bool(re.fullmatch(RANGE.pattern, text))
    assert matches or not taken(RANGE.parse, text)
    if matches and "," not in text and "-" not in text:
        assert taken(RANGE.parse, text)


@given(VERSIONS)
def test_an_editor_takes_every_version_that_is_one(text: str) -> None:
    """The pattern refuses no version."""
    matches = bool(re.fullmatch(VERSION.pattern, text))
    assert matches or not taken(VERSION.parse, text)
    assert not matches or "-" in text or taken(VERSION.parse, text)


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("a.c", True), ("more/a.c", True), ("..a.c", True), ("a../b.c", True),
        ("../a.c", False), ("a/../../b.c", False), ("a/..", False), ("/a.c", False), ("", False),
    ],
)  # fmt: skip
def test_a_plain_path_leads_nowhere_else(path: str, inside: bool) -> None:
    """What goes up or begins at the root is no plain path, whatever else has dots."""
    assert PATH.matches(path) is inside


@pytest.mark.parametrize(
    ("record", "keys", "fits"),
    [
        (NEED, "version", True), (NEED, "git tag", True), (NEED, "git", False), (NEED, "path tag", False),
        (WORKLOAD, "files run", True), (WORKLOAD, "files", False), (WORKLOAD, "run programs", True),
        (CONSTRAINT, "", False), (CONSTRAINT, "range choices", True), (Record("free", ()), "any", True),
    ],
)  # fmt: skip
def test_keys_fit_one_of_the_alternatives(record: Record, keys: str, fits: bool) -> None:
    """Of the keys that alternatives name, just those of one must be there; others do not count."""
    assert record.fits(frozenset(keys.split())) is fits


def test_a_text_matches_whole_and_in_ascii() -> None:
    """A pattern has no ends to slip through: neither a newline nor a digit of another script."""
    text = Text("word", r"\w+", "write a word")
    assert text.parse("ab1") == "ab1"
    for wrong in ("a\n", "\u0663", "a b", ""):
        with pytest.raises(MalformedError, match="no word") as caught:
            text.parse(wrong)
        assert caught.value.mend == "write a word"


def test_a_folded_text_is_one_line() -> None:
    """White space of any kind becomes one space."""
    assert Text("line", folded=True).parse(" a \n\t b ") == "a b"


@pytest.mark.parametrize(
    ("word", "mend"), [("handlr", "did you mean `handler`?"), ("x", "write one of any, handler")]
)
def test_a_wrong_word_is_told_the_right_ones(word: str, mend: str) -> None:
    """The mend is the nearest word, or all."""
    with pytest.raises(MalformedError, match=f"`{word}` is no context") as caught:
        OneOf("context", ("any", "handler")).parse(word)
    assert caught.value.mend == mend
