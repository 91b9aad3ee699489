"""Edits of `needs` leave every other byte alone, however the file is laid out."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml

from scons_project import ROOT
from tapsmith.needs import drop_need, set_need
from tapsmith.versions import MalformedError

HEAD = "name: p\nsummary: S\n"


def expect(text: str) -> str:
    """Return a file with that text under its name and summary."""
    return (HEAD.replace("\n", "\r\n") if "\r\n" in text else HEAD) + text


ADDED = {
    "block, sorted by name": (
        "needs:\n  a: ^1.0  # first\n  m: ^1.0\n  z: ^1.0\nconfig: {A: 1}\n",
        "needs:\n  a: ^1.0  # first\n  m: ^1.0\n  new: ^2.1\n  z: ^1.0\nconfig: {A: 1}\n",
    ),
    "block, before the first": (
        "needs:\n  # all of them\n  o: ^1\n  p: ^1\n",
        "needs:\n  # all of them\n  new: ^2.1\n  o: ^1\n  p: ^1\n",
    ),
    "block, in no order": (
        "needs:\n    z: ^1.0   # last\n    a: ^1.0 # first\n\n# about config\nconfig: {}\n",
        "needs:\n    z: ^1.0   # last\n    a: ^1.0 # first\n    new: ^2.1\n\n# about config\nconfig: {}\n",
    ),
    "block, not indented": ("needs:\n a: ^1\n", "needs:\n a: ^1\n new: ^2.1\n"),
    "block, at the end without a line break": ("needs:\n  a: ^1", "needs:\n  a: ^1\n  new: ^2.1"),
    "block, after an entry of several lines": (
        "needs:\n  a:\n    version: ^1\n    path: ../a   # here\n# end\n",
        "needs:\n  a:\n    version: ^1\n    path: ../a   # here\n  new: ^2.1\n# end\n",
    ),
    "block, with CRLF": (
        "needs:\r\n  a: ^1\r\nconfig: {}\r\n",
        "needs:\r\n  a: ^1\r\n  new: ^2.1\r\nconfig: {}\r\n",
    ),
    "block, after a text of several lines": (
        "needs:\n  a: |\n    ^1\n\nconfig: {}\n",
        "needs:\n  a: |\n    ^1\n  new: ^2.1\n\nconfig: {}\n",
    ),
    "flow": ("needs: {a: ^1, b: ^1}  # all\n", "needs: {a: ^1, b: ^1, new: ^2.1}  # all\n"),
    "flow, sorted by name": ("needs: {a: ^1, z: ^1}\n", "needs: {a: ^1, new: ^2.1, z: ^1}\n"),
    "flow, with spaces": ("needs: { a: ^1 }\n", "needs: { a: ^1, new: ^2.1 }\n"),
    "flow, empty": ("needs: {}\n", "needs: {new: ^2.1}\n"),
    "flow, with a comma at the end": ("needs: {z: ^1, }\n", "needs: {z: ^1, new: ^2.1, }\n"),
    "flow over lines, one an entry": (
        "needs: {\n  z: ^1,  # one, two\n  a: ^1   # three, four\n}\n",
        "needs: {\n  z: ^1,  # one, two\n  a: ^1,   # three, four\n  new: ^2.1\n}\n",
    ),
    "flow over lines, with a comma at the end": (
        "needs: {\n  z: ^1,\n  a: ^1,  # last\n}\n",
        "needs: {\n  z: ^1,\n  a: ^1,  # last\n  new: ^2.1,\n}\n",
    ),
    "flow over lines, sorted by name": (
        "needs: {a: ^1,   # first\n        z: ^1}   # last\n",
        "needs: {a: ^1,   # first\n        new: ^2.1,\n        z: ^1}   # last\n",
    ),
    "flow over lines, before the brace": (
        "needs: {b: ^1,\n        a: ^1}\n",
        "needs: {b: ^1,\n        a: ^1,\n        new: ^2.1}\n",
    ),
    "flow over lines, two a line": (
        "needs: {a: ^1, b: ^1,\n        c: ^1, d: ^1}\n",
        "needs: {a: ^1, b: ^1,\n        c: ^1, d: ^1, new: ^2.1}\n",
    ),
    "missing": ("config: {A: 1}\n", "needs:\n  new: ^2.1\nconfig: {A: 1}\n"),
    "missing, with CRLF": ("config: {A: 1}\r\n", "needs:\r\n  new: ^2.1\r\nconfig: {A: 1}\r\n"),
    "missing, at the end": ("# end", "needs:\n  new: ^2.1\n# end"),
}


@pytest.mark.parametrize("layout", ADDED)
def test_a_need_is_added(layout: str) -> None:
    """The entry is laid out as its neighbours are."""
    before, after = ADDED[layout]
    assert set_need(expect(before), "new", "^2.1") == expect(after)


def test_a_need_is_added_where_the_file_is_one_flow() -> None:
    """The whole file may be one line."""
    assert set_need("{name: p, summary: S, kernel: '*'}", "new", "*") == (
        "{name: p, summary: S, needs: {new: \"*\"}, kernel: '*'}"
    )


def test_a_mark_of_byte_order_stays() -> None:
    """Some editors of Windows begin a file with one."""
    assert (
        set_need("\ufeffname: p\nsummary: S\n", "new", "^1")
        == "\ufeffname: p\nsummary: S\nneeds:\n  new: ^1\n"
    )


REMOVED = {
    "block": ("needs:\n  a: ^1 # a\n  # about old\n  old: ^1  # old\n  z: ^1 # z\n",
              "needs:\n  a: ^1 # a\n  # about old\n  z: ^1 # z\n"),
    "block, the last": ("needs:\n  a: ^1\n  old: ^1\n\n# next\n", "needs:\n  a: ^1\n\n# next\n"),
    "block, the only": ("needs:  # all\n  old: ^1\nconfig: {}\n", "needs: {}  # all\nconfig: {}\n"),
    "block, with its table": (
        "needs:\n  old:\n    version: ^1\n    path: ../old\n  z: ^1\n", "needs:\n  z: ^1\n"
    ),
    "block, at the end without a line break": ("needs:\n  a: ^1\n\n  old: ^1", "needs:\n  a: ^1\n"),
    "block, with CRLF and no break at the end": ("needs:\r\n  a: ^1\r\n  old: ^1", "needs:\r\n  a: ^1"),
    "flow": ("needs: {a: ^1, old: ^1, z: ^1} # all\n", "needs: {a: ^1, z: ^1} # all\n"),
    "flow, the first": ("needs: {old: ^1, z: ^1}\n", "needs: {z: ^1}\n"),
    "flow, the last": ("needs: {a: ^1, old: ^1}\n", "needs: {a: ^1}\n"),
    "flow, the only": ("needs: {old: {version: ^1, path: ../old}}\n", "needs: {}\n"),
    "flow, with a comma at the end": ("needs: {a: ^1, old: ^1,}\n", "needs: {a: ^1, }\n"),
    "flow over lines": (
        "needs: {\n  a: ^1,  # a, b\n  old: ^1,  # old, really\n  z: ^1   # z\n}\n",
        "needs: {\n  a: ^1,  # a, b\n  z: ^1   # z\n}\n",
    ),
    "flow over lines, the last": (
        "needs: {\n  a: ^1,  # a, b\n  old: ^1  # old\n}\n", "needs: {\n  a: ^1  # a, b\n}\n"
    ),
    "flow over lines, the last before the brace": (
        "needs: {a: ^1,  # a\n        old: ^1}\n", "needs: {a: ^1  # a\n        }\n"
    ),
    "flow over lines, the first": ("needs: {old: ^1,\n        z: ^1}\n", "needs: {z: ^1}\n"),
    "flow over lines, the only": ("needs: {\n  old: ^1  # old\n}\n", "needs: {\n}\n"),
}  # fmt: skip


@pytest.mark.parametrize("layout", REMOVED)
def test_a_need_is_removed(layout: str) -> None:
    """The entry goes with its comment at the line's end, and one comma."""
    before, after = REMOVED[layout]
    assert drop_need(expect(before), "old") == expect(after)


CHANGED = {
    "plain": ("needs:\n  m: ^1.0   # why\n", "^2.1", "needs:\n  m: ^2.1   # why\n"),
    "in quotes": ("needs: {m: '^1.0', z: ^1}\n", ">=2, <3", "needs: {m: '>=2, <3', z: ^1}\n"),
    "that needs quotes": ("needs: {m: ^1.0}\n", ">=2, <3", 'needs: {m: ">=2, <3"}\n'),
    "of a table": ("needs: {m: {version: ^1, path: m}}\n", "*", 'needs: {m: {version: "*", path: m}}\n'),
    "of a table without one": ("needs: {m: {path: ../m}}\n", "^2", "needs: {m: {version: ^2, path: ../m}}\n"),
    "of a table over lines": (
        "needs:\n  m:\n    path: ../m\n", "^2", "needs:\n  m:\n    version: ^2\n    path: ../m\n"
    ),
    "of several lines": ("needs:\n  m: |\n    ^1\nconfig: {}\n", "^2", "needs:\n  m: ^2\nconfig: {}\n"),
}  # fmt: skip


@pytest.mark.parametrize("layout", CHANGED)
def test_a_range_is_changed(layout: str) -> None:
    """The range alone is written anew, in the quotes that it had."""
    before, wanted, after = CHANGED[layout]
    assert set_need(expect(before), "m", wanted) == expect(after)


def test_a_layout_that_is_not_understood_is_refused() -> None:
    """What would come out otherwise is never written; the mend is what to write by hand."""
    with pytest.raises(MalformedError) as caught:
        set_need(expect("needs:\n  ? a\n  : ^1\n"), "new", "*")
    assert caught.value.mend == 'write `new: "*"` into `needs` by hand'
    with pytest.raises(MalformedError) as caught:
        drop_need(expect("needs: {\n  a: ^1\n  , z: ^1}\n"), "a")
    assert caught.value.mend == "take `a` out of `needs` by hand"


def layouts() -> list[str]:
    """Return many layouts of the same three needs."""
    found = []
    for order in itertools.permutations(("b", "k", "t")):
        for note, blank, end in itertools.product(("", "  # a, b: c"), ("", "\n", "  # line\n"), ("\n", "")):
            found.append(f"{HEAD}needs:\n" + blank.join(f"  {n}: ^1.0{note}\n" for n in order)[:-1] + end)
        for note, lead, tail in itertools.product(
            ("", "  # a, b: c"), ("", "\n  "), ("", ",", ",  # end\n", "\n")
        ):
            gap = f",{note}\n        " if note else ", "
            found.append(
                f"{HEAD}needs: {{{lead}{gap.join(f'{n}: ^1.0' for n in order)}{tail}}}\nconfig: {{}}\n"
            )
    return found + [text.replace("\n", "\r\n") for text in found]


def is_kept(text: str, edited: str) -> bool:
    """Tell whether `edited` is `text` with something put in."""
    rest = iter(edited)
    return all(character in rest for character in text)


def test_what_is_added_and_removed_leaves_no_trace() -> None:
    """Over all layouts the file says what it should, and all comments stay."""
    tried = layouts()
    for text in tried:
        for name in ("a", "m", "z"):
            added = set_need(text, name, ">=2, <3")
            needs = yaml.safe_load(text)["needs"]
            assert yaml.safe_load(added)["needs"] == needs | {name: ">=2, <3"}
            assert added.count("#") == text.count("#")
            assert is_kept(text, added)
            removed = drop_need(added, name)
            assert yaml.safe_load(removed) == yaml.safe_load(text)
            assert removed.count("#") == text.count("#"), (text, removed)
    assert len(tried) == 336


FILES = sorted(file for part in ("", "tests", "bench") for file in (ROOT / part).glob("probes/*/probe.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_every_probe_of_this_tree_can_be_edited(file: Path) -> None:
    """A need that comes and goes leaves the very same bytes."""
    text = file.read_text(encoding="utf-8")
    added = set_need(text, "zz_new", "~1.2")
    assert yaml.safe_load(added)["needs"]["zz_new"] == "~1.2"
    removed = drop_need(added, "zz_new")
    assert removed == (text if "needs:" in text else removed)
