"""What the resolver says where there is no answer, word for word, and which answers it prefers."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path

import pytest

from scons_project import ROOT
from tapsmith.cli import main

UNIVERSE = """\
fragments:
  maps:
    1.0.0: {requires: {context: ^1}}
    1.4.0: {requires: {context: ^1}}
    2.0.0: {requires: {context: ^2}, config: {BITS: {type: int, default: 8, range: [1, 20]}}}
  histogram:
    1.0.0: {requires: {maps: ^1}}
    1.4.0: {requires: {maps: ^1}}
    2.0.0: {requires: {maps: ^2}}
  context:
    1.0.0: {}
    2.0.0: {}
    2.1.0: {yanked: it crashes}
    3.0.0-rc.1: {}
  few:
    1.0.0: {requires: {maps: ^2}, constraints: {BITS: {range: [1, 4]}}}
  print:
    1.0.0: {requires: {transport: "*"}}
  relay:
    1.0.0: {provides: {transport: default}}
  klog:
    1.0.0: {provides: [transport], conflicts: {maps: ^2}}
  alone:
    1.0.0: {provides: [only], conflicts: {only: "*"}}
  loop:
    1.0.0: {requires: {ring: "*"}}
  ring:
    1.0.0: {requires: {loop: "*"}}
  some:
    1.0.0: {requires: {context: {version: ^1, when: {MODE: 1}}}, config: {MODE: {type: int, default: 0}}}
  Foreign-name.2:
    1.0.0: {requires: {context: ^1}, provides: [An-other]}
  other:
    1.0.0: {requires: {some: "*", loop: {version: "*", when: {MODE: 2}}}}
"""


@pytest.fixture
def resolve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Return a function that runs `tapsmith resolve` and returns what it printed."""
    (tmp_path / "u.yaml").write_text(UNIVERSE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*needs: str, options: tuple[str, ...] = ()) -> str:
        words = [word for need in needs for word in ("--need", need)]
        status = main(["resolve", "--universe", "u.yaml", *words, *options])
        out, err = capsys.readouterr()
        assert bool(status) == bool(err)
        return out + err

    return run


def test_the_newest_that_goes_together_is_taken(resolve) -> None:
    """Names of needs come first: histogram is as new as can be, and maps what goes with it."""
    assert resolve("maps", "histogram") == "context 2.0.0\nhistogram 2.0.0\nmaps 2.0.0\n"
    assert resolve("maps", "context ^1") == "context 1.0.0\nmaps 1.4.0\n"


def test_a_prerelease_is_taken_only_by_name(resolve) -> None:
    """Neither `*` nor a range without it means a release candidate; a yanked release is left out."""
    assert resolve("context") == "context 2.0.0\n"
    assert resolve("context >=3.0.0-rc.1") == "context 3.0.0-rc.1\n"


def test_names_of_other_worlds_are_taken(resolve) -> None:
    """A universe in a file may have names that no fragment could have."""
    assert resolve("An-other").startswith("Foreign-name.2 1.0.0\ncontext 1.0.0\n")


def test_what_a_lock_keeps_is_kept(resolve) -> None:
    """A version to keep is kept where it goes, even one that has been yanked, and given up where not."""
    assert resolve("maps", options=("--keep", "maps@1.0.0")) == "context 1.0.0\nmaps 1.0.0\n"
    assert resolve("context", options=("--keep", "context@2.1.0")) == "context 2.1.0\n"
    kept = ("--keep", "maps@1.0.0")
    assert resolve("maps ^2", options=kept) == "context 2.0.0\nmaps 2.0.0\n"


def test_a_virtual_name_is_explained(resolve) -> None:
    """The default stands for it, unless the probe names another or that one is in anyway."""
    assert resolve("print") == "print 1.0.0\nrelay 1.0.0\ntransport: relay, it is the default\n"
    assert resolve("print", "klog") == "klog 1.0.0\nprint 1.0.0\ntransport: klog, the probe needs it\n"
    assert resolve("only") == "alone 1.0.0\nonly: alone, nothing else provides it\n"


def test_conditions_are_decided_by_values(resolve) -> None:
    """A requirement counts where its macro has the value, by default or as it is set."""
    assert resolve("some") == "some 1.0.0\n"
    assert resolve("some", options=("--set", "MODE=1")) == "context 1.0.0\nsome 1.0.0\n"
    assert resolve("other") == "other 1.0.0\nsome 1.0.0\n"


REFUSALS = {
    "two requirements": (
        ("histogram ^1", "maps ^2"),
        (),
        """\
        --need 'histogram ^1': error: no versions of what the command line needs go together [no-solution]
          because the command line needs histogram ^1 (--need 'histogram ^1')
          and the command line needs maps ^2 (--need 'maps ^2')
          and every histogram up to 1.4.0 needs maps ^1 (u.yaml:8:24).
          mend: write `histogram: ^2.0`; or write `maps: ^1.4`
        """,
    ),
    "an unknown name": (
        ("histograms",),
        (),
        """\
        --need 'histograms': error: the command line needs histograms, but there is no histograms: \
nothing is known by that name [unknown-fragment]
          mend: did you mean `histogram`?
        """,
    ),
    "a range that is empty": (
        ("maps ^3",),
        (),
        """\
        --need 'maps ^3': error: the command line needs maps ^3, but there is no maps ^3: known are 2.0.0, \
1.4.0, 1.0.0 [version-mismatch]
          mend: write `maps: ^2.0`
        """,
    ),
    "a yanked version": (
        ("context =2.1.0",),
        (),
        """\
        --need 'context =2.1.0': error: the command line needs context =2.1.0, but there is no \
context =2.1.0: context 2.1.0 has been yanked (it crashes) [version-mismatch]
          mend: write `context: ^2.0`
        """,
    ),
    "a virtual name with a range": (
        ("transport ^1",),
        (),
        """\
        --need 'transport ^1': error: the command line needs transport ^1, but there is no transport ^1: \
it is a virtual name, which has no versions [unknown-fragment]
          mend: write `transport: "*"`
        """,
    ),
    "a conflict": (
        ("klog", "maps ^2"),
        (),
        """\
        --need 'klog': error: no versions of what the command line needs go together [no-solution]
          because the command line needs klog (--need 'klog')
          and the command line needs maps ^2 (--need 'maps ^2')
          and klog 1.0.0 does not go with maps ^2 (u.yaml:22:48).
          mend: write `maps: ^1.4`
        """,
    ),
    "a value that a release does not take": (
        ("maps ^2",),
        ("--set", "BITS=99"),
        """\
        --need 'maps ^2': error: no versions of what the command line needs go together [no-solution]
          because the command line needs maps ^2 (--need 'maps ^2')
          and maps 2.0.0 takes BITS from 1 to 20, the command line sets it to 99 (--set 'BITS=99').
          mend: write `maps: ^1.4`; or leave BITS at its default; or choose BITS from 1 to 20
        """,
    ),
    "a constraint on a default": (
        ("few",),
        (),
        """\
        --need 'few': error: no versions of what the command line needs go together [no-solution]
          because the command line needs few (--need 'few')
          and few 1.0.0 needs maps ^2 (u.yaml:16:24)
          and few 1.0.0 takes BITS from 1 to 4 only, and maps 2.0.0 has it 8 by default (u.yaml:16:49).
          mend: choose BITS from 1 to 4
        """,
    ),
    "a cycle": (
        ("loop",),
        (),
        """\
        --need 'loop': error: no versions of what the command line needs go together [no-solution]
          because the command line needs loop (--need 'loop')
          and loop 1.0.0 needs ring (u.yaml:26:24)
          and fragments may not require each other: loop -> ring (u.yaml:26:24) -> loop (u.yaml:28:24).
          mend: cut one of the requirements that close the circle
        """,
    ),
    "a condition on another's macro": (
        ("other",),
        ("--set", "MODE=2"),
        """\
        --need 'other': error: no versions of what the command line needs go together [no-solution]
          because the command line needs other (--need 'other')
          and other 1.0.0 needs loop where MODE is 2 (u.yaml:34:35)
          and loop 1.0.0 needs ring (u.yaml:26:24)
          and other 1.0.0 needs some (u.yaml:34:24)
          and fragments may not require each other: loop -> ring (u.yaml:26:24) -> loop (u.yaml:28:24).
          mend: cut one of the requirements that close the circle
        """,
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_stands_against_it_is_told(case: str, resolve) -> None:
    """An explanation has each claim once, with its place, and a mend that helps."""
    needs, options, expected = REFUSALS[case]
    assert resolve(*needs, options=options) == textwrap.dedent(expected)


def test_a_long_chain_is_told_by_its_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of fragments that only lead on to the next, the first and the last are told."""
    lines = [f"  c{i:02}: {{1.0.0: {{requires: {{c{i + 1:02}: '*'}}}}}}" for i in range(49)]
    (tmp_path / "u.yaml").write_text(
        "\n".join(["fragments:", *lines, "  c49: {1.0.0: {requires: {c00: ^9}}}"])
    )
    assert main(["resolve", "--universe", str(tmp_path / "u.yaml"), "--need", "c00"]) == 2
    said = capsys.readouterr().err
    assert "and so on, by way of 49 fragments: c01 ... c49" in said
    assert len(said.splitlines()) == 7


def test_a_hard_search_ends_and_names_who_makes_it_hard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eleven fragments that want ten versions, each for itself: no solver of this kind is quick with that."""
    lines = ["fragments:", "  easy: {1.0.0: {}}"]
    for i in range(11):
        lines.append(f"  p{i:02}:")
        for hole in range(10):
            others = ", ".join(f"p{j:02}: ={hole}.0.0" for j in range(11) if j != i)
            lines.append(f"    {hole}.0.0: {{conflicts: {{{others}}}}}")
    (tmp_path / "u.yaml").write_text("\n".join(lines))
    needs = [word for name in ["easy", *(f"p{i:02}" for i in range(11))] for word in ("--need", name)]
    assert main(["resolve", "--universe", str(tmp_path / "u.yaml"), *needs]) == 2
    said = capsys.readouterr().err
    assert "given up after 50000 contradictions [search-too-long]" in said
    named = said.split("most of them: ")[1].strip().split(", ")
    assert len(named) == 5
    assert all(name.startswith("p") for name in named)


def test_json_has_the_picks_and_the_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the same as people."""
    (tmp_path / "u.json").write_text('{"fragments": {"a": {"1.0.0": {"provides": ["v"]}}}}')
    assert main(["resolve", "--universe", str(tmp_path / "u.json"), "--need", "v", "--json"]) == 0
    out = capsys.readouterr().out
    assert '"a": "1.0.0"' in out
    assert '"provider": "a"' in out
    assert main(["resolve", "--universe", str(tmp_path / "u.json"), "--need", "b", "--json"]) == 2
    assert '"code": "unknown-fragment"' in capsys.readouterr().out


def test_the_documentation_tells_what_comes_of_its_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The universe, the command and the answer of docs/resolution.md."""
    text = (ROOT / "docs/resolution.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```\n")
    (tmp_path / "some.yaml").write_text(example[0], encoding="utf-8")
    command, *answer = textwrap.dedent(example[1].split("\n\n")[0]).strip().splitlines()
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command.removeprefix("$ tapsmith"))) == 0
    assert capsys.readouterr().out.splitlines() == answer
