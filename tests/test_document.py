"""YAML with places, and the reader that collects problems."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tapsmith import document
from tapsmith.diagnostics import TapsmithError
from tapsmith.document import Items, Report, Scalar, Table, read_table
from tapsmith.reader import Reader, as_boolean, as_integer, open_reader
from tapsmith.schema import Field, ListOf, Record, TableOf, Text
from tapsmith.versions import MalformedError

WORD = Text("word")
RECORD = Record(
    "example",
    (
        Field("word", WORD, "A word", "a"),
        Field("blank", WORD, "Another", "a"),
        Field("list", ListOf(WORD), "Words", "[a]"),
        Field("table", TableOf(WORD, WORD), "Words by words", "{a: b}"),
        Field("inner", Record("inner", ()), "Nothing", "{}"),
        Field("needed", WORD, "A word that must be there", "a", required=True),
    ),
)


def _file(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _reader(tmp_path: Path, text: str) -> Reader:
    return open_reader(_file(tmp_path, text), RECORD)


def _codes(reader: Reader) -> list[str]:
    with pytest.raises(TapsmithError) as caught:
        reader.report.check()
    return [f"{p.code} {p.place.line}:{p.place.column}" if p.place else p.code for p in caught.value.problems]


@pytest.mark.parametrize("loader", [document._LOADER, yaml.SafeLoader])
def test_nodes_keep_text_and_place(tmp_path: Path, loader: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scalar is its text, whatever YAML 1.1 would make of it, with either of PyYAML's parsers."""
    monkeypatch.setattr(document, "_LOADER", loader)
    table = read_table(_file(tmp_path, "é: 1.0\nb: [no, '0x1', 2026-11-24]\n"), Report())
    assert table
    (key, number), (_, items) = table.entries
    assert isinstance(number, Scalar)
    assert isinstance(items, Items)
    assert (key.text, number.text, number.place.line, number.place.column) == ("é", "1.0", 1, 4)
    scalars = [node for node in items.nodes if isinstance(node, Scalar)]
    assert [(s.text, s.plain) for s in scalars] == [("no", True), ("0x1", False), ("2026-11-24", True)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"a: \xff\n", "UTF-8"),
        (b"a: \x07\n", "forbids"),
        (b"", "mapping"),
        (b"- a\n", "mapping"),
        (b"a: [1\n", "not YAML"),
        (b"a: b: c\n", "not YAML"),
        (b"a: " + b"[" * 50 + b"]" * 50, "deeply"),
        (b"a: " + b"[" * 50_000, "deeply"),
    ],
)
def test_what_cannot_be_read_is_one_problem(tmp_path: Path, text: bytes, word: str) -> None:
    """A broken file is refused with the code bad-yaml and never with another exception."""
    with pytest.raises(TapsmithError, match=word) as caught:
        open_reader(_file(tmp_path, text), RECORD)
    assert caught.value.codes == ("bad-yaml",)


@pytest.mark.parametrize(
    "text", ["a: &x 1\n", "a: !!int 1\n", "a: !!python/object:os.system {}\n", "a: 1\nb: *x\n"]
)
def test_anchors_aliases_and_tags_are_refused(tmp_path: Path, text: str) -> None:
    """A file says what it says in plain sight, and names no type of Python."""
    assert "bad-yaml" in _codes(_reader(tmp_path, text))[0]


def test_a_byte_order_mark_is_taken(tmp_path: Path) -> None:
    """An editor's mark at the start of the file is no part of the first key."""
    assert _reader(tmp_path, "\ufeffword: a\n").read("word", WORD) == "a"


def test_all_problems_come_at_once_in_order_of_place(tmp_path: Path) -> None:
    """Reading goes on after a mistake, and the report sorts by line."""
    reader = _reader(tmp_path, "extra: 1\nlist: a\ntable: [a]\nword: [a]\nblank:\nlist: b\n")
    assert reader.scalars("list") == ()
    assert list(reader.entries("table")) == []
    assert reader.read("word", WORD) is None
    assert reader.read("blank", WORD) is None
    assert reader.reader("inner") is None
    assert reader.read("needed", WORD) is None
    reader.finish()
    assert _codes(reader) == [
        "missing-key 1:1",
        "unknown-key 1:1",
        "wrong-type 2:7",
        "wrong-type 3:8",
        "wrong-type 4:7",
        "wrong-type 5:7",
        "duplicate-key 6:1",
    ]


def test_a_repeated_item_is_a_problem(tmp_path: Path) -> None:
    """A list of names holds each once; the first one is kept."""
    reader = _reader(tmp_path, "list: [a, b, a]\n")
    assert [scalar.text for scalar in reader.scalars("list")] == ["a", "b"]
    assert _codes(reader) == ["duplicate-item 1:14"]


def test_an_optional_key_that_is_absent_is_no_problem(tmp_path: Path) -> None:
    """Absent keys read as nothing."""
    reader = _reader(tmp_path, "needed: 1\n")
    assert (reader.read("word", WORD), reader.reader("inner")) == (None, None)
    assert (reader.scalars("list"), list(reader.entries("table"))) == ((), [])
    reader.report.check()


@pytest.mark.parametrize("key", ["absent", "list"])
def test_the_code_reads_only_what_the_record_has(tmp_path: Path, key: str) -> None:
    """A key that the record lacks, or has in another shape, is a mistake of the code, not of the file."""
    with pytest.raises((KeyError, AssertionError), match=key):
        _reader(tmp_path, "needed: 1\n").read(key, WORD)


def test_the_code_reads_all_that_the_record_has(tmp_path: Path) -> None:
    """A key of the record that nobody reads is a mistake of the code, too."""
    reader = _reader(tmp_path, "needed: 1\n")
    reader.read("needed", WORD)
    with pytest.raises(AssertionError, match="blank"):
        reader.finish()


def _scalar(text: str, plain: bool = True) -> Scalar:
    return Scalar(text, plain, Table((), document.Place(Path("x"))).place)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-5", -5), ("+7", 7), ("0x1F", 31)])
def test_integers_are_decimal_or_hexadecimal(text: str, value: int) -> None:
    """The two spellings every reader agrees on are taken."""
    assert as_integer(_scalar(text)) == value


@pytest.mark.parametrize("text", ["010", "1_000", "1e3", "0b1", "0o7", "1:30", "", "\u0663"])
def test_ambiguous_integers_are_refused(text: str) -> None:
    """What YAML 1.1, YAML 1.2 and C read differently is no integer here."""
    with pytest.raises(MalformedError):
        as_integer(_scalar(text))


@pytest.mark.parametrize(
    ("text", "mend"),
    [("yes", "write true"), ("Off", "write false"), ("TRUE", "write true"), ("x", "write true or false")],
)
def test_truth_is_spelled_true_or_false(text: str, mend: str) -> None:
    """Other words for truth are refused with the one to write."""
    with pytest.raises(MalformedError) as caught:
        as_boolean(_scalar(text))
    assert caught.value.mend == mend
    assert as_boolean(_scalar("true")) is True
    assert as_boolean(_scalar("false")) is False


def test_truth_in_quotes_is_text() -> None:
    """A quoted word is not taken for a truth value."""
    with pytest.raises(MalformedError):
        as_boolean(_scalar("true", plain=False))
