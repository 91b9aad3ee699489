"""`tapsmith tree`, `why` and `graph`: who requires whom."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, SCONSTRUCT
from tapsmith.cli import main
from tapsmith.commands.obtaining import find_dependencies

HEAD = "name: {0}\nversion: 1.{1}.0\nsummary: S\nlicense: GPL-2.0\nsources: [{0}.c]\n"
PROBE = """\
name: one
summary: S
needs:
  output: ^1.0
  sums: ^1.1
  locks: ^1.0
config: {SUMS_MODE: exact}
"""
SUMS = (
    "requires:\n  base: ^1.0\n  exact: {version: '>=1.0, <2', when: {SUMS_MODE: exact}}\n"
    "  rough: {version: ^1.0, when: {SUMS_MODE: rough}}\n  locks: ^1.0\n"
    "config:\n  SUMS_MODE: {type: enum, default: rough, choices: [rough, exact]}\n"
)
FRAGMENTS = {
    "output": "requires: {channel: '*', clock: '*', lock: '*'}\n",
    "relay": "provides: {channel: default}\nrequires: {base: ^1.0}\n",
    "netlink": "provides: [channel]\n",
    "ticks": "provides: [clock]\n",
    "locks": "provides: [lock]\nrequires: {base: ^1.0}\n",
    "rcu": "provides: {lock: default}\n",
    "sums": SUMS,
    "base": "requires: {deep: ^1.0}\n",
    "deep": "",
    "exact": "requires: {base: ^1.0}\n",
    "rough": "",
}
TREE = """\
one (probes/one)
├── output 1.0.0
│   ├── relay 1.1.0 as channel, the default provider
│   │   └── base 1.7.0
│   │       └── deep 1.8.0
│   ├── ticks 1.3.0 as clock, the only provider
│   └── locks 1.4.0 as lock, chosen by the probe
│       └── base 1.7.0 (*)
├── sums 1.6.0
│   ├── base 1.7.0 (*)
│   ├── exact 1.9.0 when SUMS_MODE: exact
│   │   └── base 1.7.0 (*)
│   └── locks 1.4.0 (*)
└── locks 1.4.0 (*)
"""
DOT = """\
digraph "small" {
	rankdir=LR;
	node [shape=box, fontname="sans-serif"];
	edge [fontname="sans-serif", fontsize=10];
	"probes/small" [label="small", shape=oval];
	"deep" [label="deep\\n1.8.0"];
	"base" [label="base\\n1.7.0"];
	"exact" [label="exact\\n1.9.0"];
	"locks" [label="locks\\n1.4.0"];
	"sums" [label="sums\\n1.6.0"];
	"probes/small" -> "sums" [label="*"];
	"probes/small" -> "locks" [label="lock *"];
	"base" -> "deep" [label="^1.0"];
	"exact" -> "base" [label="^1.0"];
	"locks" -> "base" [label="^1.0"];
	"sums" -> "base" [label="^1.0"];
	"sums" -> "exact" [label=">=1.0, <2\\nSUMS_MODE: exact", style=dashed];
	"sums" -> "locks" [label="^1.0"];
}
"""


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a virtual name of each kind, and a requirement that hangs on a macro."""
    made = {"SConstruct": SCONSTRUCT, "probes/one/probe.yaml": PROBE, "probes/one/one.c": ""}
    for number, (name, rest) in enumerate(FRAGMENTS.items()):
        made[f"manifests/{name}.yaml"] = HEAD.format(name, number) + rest
        made[f"fragments/{name}/{name}.c"] = ""
    directory = project(made)
    monkeypatch.chdir(directory)
    return directory


def small(directory: Path) -> None:
    """Add a probe with a smaller graph, for which `rcu` is not there."""
    (directory / "manifests/rcu.yaml").unlink()
    (directory / "probes/small").mkdir()
    text = "name: small\nsummary: S\nneeds: {sums: '*', lock: '*'}\nconfig: {SUMS_MODE: exact}\n"
    (directory / "probes/small/probe.yaml").write_text(text, encoding="utf-8")
    (directory / "probes/small/small.c").touch()


def test_tree(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Versions, choices and conditions are told; what was shown before is not shown again."""
    assert main(["tree"]) == 0
    assert capsys.readouterr() == (TREE, "")


def test_tree_tells_where_fragments_come_from(project: Project, capsys: pytest.CaptureFixture[str],
                                              monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """In a project of one's own the shipped fragments are marked."""
    directory = project(
        {"probes/p/probe.yaml": "name: p\nsummary: S\nneeds: {kprobes: '*'}\n", "probes/p/p.c": ""}
    )
    monkeypatch.chdir(directory)
    assert main(["tree", "p"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "└── kprobes 1.0.0 (shipped)"


def test_tree_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each part has its requirements, asked for by one name and answered by another."""
    assert main(["tree", "one", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["probe", "directory", "needs", "fragments"]
    assert [need["fragment"] for need in told["needs"]] == ["output", "sums", "locks"]
    by_name = {fragment["name"]: fragment for fragment in told["fragments"]}
    assert by_name.keys() == FRAGMENTS.keys() - {"netlink", "rcu", "rough"}
    assert by_name["sums"] == {
        "name": "sums",
        "version": "1.6.0",
        "origin": "tree",
        "requires": [
            {"name": "base", "fragment": "base", "range": "^1.0", "when": {}, "choice": None,
             "file": "manifests/sums.yaml", "line": 7},
            {"name": "exact", "fragment": "exact", "range": ">=1.0, <2", "when": {"SUMS_MODE": "exact"},
             "choice": None, "file": "manifests/sums.yaml", "line": 8},
            {"name": "locks", "fragment": "locks", "range": "^1.0", "when": {}, "choice": None,
             "file": "manifests/sums.yaml", "line": 10},
        ],
    }  # fmt: skip
    assert [need["choice"] for need in by_name["output"]["requires"]] == [
        "the default provider",
        "the only provider",
        "chosen by the probe",
    ]


WHY = {
    "locks": """\
locks 1.4.0 is in one, because
  one needs locks ^1.0 (probes/one/probe.yaml:6)
""",
    "base": """\
base 1.7.0 is in one, because
  one needs locks ^1.0 (probes/one/probe.yaml:6)
  locks requires base ^1.0 (manifests/locks.yaml:7)
and because
  one needs sums ^1.1 (probes/one/probe.yaml:5)
  sums requires base ^1.0 (manifests/sums.yaml:7)
""",
    "exact": """\
exact 1.9.0 is in one, because
  one needs sums ^1.1 (probes/one/probe.yaml:5)
  sums requires exact >=1.0, <2 when SUMS_MODE: exact (manifests/sums.yaml:8)
""",
    "channel": """\
relay 1.1.0 is in one, because
  one needs output ^1.0 (probes/one/probe.yaml:4)
  output requires channel *, which is relay: the default provider of 2 (netlink, relay) \
(manifests/output.yaml:6)
""",
    "ticks": """\
ticks 1.3.0 is in one, because
  one needs output ^1.0 (probes/one/probe.yaml:4)
  output requires clock *, which is ticks: the only provider (manifests/output.yaml:6)
""",
}


@pytest.mark.parametrize("name", WHY)
def test_why(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Each of the shortest ways is told, with ranges and places; a virtual name is answered for."""
    assert main(["why", name, "one"]) == 0
    assert capsys.readouterr() == (WHY[name], "")


def test_why_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The ways are lists of requirements, each with who asks."""
    assert main(["why", "base", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["probe"], told["fragment"], told["version"]) == ("one", "base", "1.7.0")
    assert [[step["by"] for step in way] for way in told["ways"]] == [["one", "locks"], ["one", "sums"]]


@pytest.mark.parametrize(
    ("name", "mend"),
    [("bass", "did you mean `base`?"), ("rough", "`tapsmith tree one` shows all that is in")],
)
def test_why_of_what_is_not_in(here: Path, capsys: pytest.CaptureFixture[str], name: str, mend: str) -> None:
    """What the probe does not hold is refused."""
    assert main(["why", name, "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], problem["mend"]) == ("not-in-probe", mend)


def test_many_ways_are_not_all_told(project: Project, capsys: pytest.CaptureFixture[str],
                                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Ways can be as many as two to the power of the layers; the first are told at once."""
    layers = 40
    made = {"probes/p/p.c": "", "probes/p/probe.yaml": "name: p\nsummary: S\nneeds: {a0: '*', b0: '*'}\n"}
    for layer in range(layers):
        for side in "ab":
            name, below = f"{side}{layer}", layer + 1
            wants = f"{{a{below}: '*', b{below}: '*'}}" if below < layers else "{}"
            made[f"manifests/{name}.yaml"] = HEAD.format(name, 0) + f"requires: {wants}\n"
            made[f"fragments/{name}/{name}.c"] = ""
    monkeypatch.chdir(project(made))
    assert main(["why", f"a{layers - 1}"]) == 0
    told = capsys.readouterr().out
    assert told.endswith("\nand there are more than 50 ways\n")
    assert told.count("and because\n") == 49


def test_graph(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The language is DOT; a condition is dashed."""
    small(here)
    assert main(["graph", "small"]) == 0
    assert capsys.readouterr() == (DOT, "")


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not here")
def test_graph_is_drawn(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Graphviz takes the text, and draws every fragment."""
    assert main(["graph", "one", "--svg", "out/one.svg"]) == 0
    assert capsys.readouterr() == ("", "tapsmith: drew out/one.svg\n")
    svg = xml.etree.ElementTree.parse(here / "out/one.svg")
    texts = {text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {fragment.name for fragment in find_dependencies("one").resolution.fragments} < texts
    assert {"1.7.0", "SUMS_MODE: exact", "channel *"} < texts


def test_graph_without_graphviz(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Graphviz nothing is written, and the package is named."""
    monkeypatch.setenv("PATH", str(here))
    assert main(["graph", "one", "--svg", "one.svg"]) == 2
    assert capsys.readouterr().err == (
        "error: Graphviz' dot, which draws, is not here [missing-tool]\n  mend: apt-get install graphviz\n"
    )
    assert not (here / "one.svg").exists()


@pytest.mark.parametrize("directory", sorted((ROOT / "probes").iterdir()), ids=lambda path: path.name)
def test_every_way_leads_from_the_probe_to_the_fragment(directory: Path) -> None:
    """Of each fragment of each probe here there is a way, and each way is one of equals in length."""
    found = find_dependencies(str(directory))
    for fragment in found.resolution.fragments:
        ways = list(found.ways(fragment.name))
        assert {len(way) for way in ways} == {len(found.resolution.why(fragment.name)) - 1}
        for way in ways:
            assert way[0].by == found.resolution.probe.label
            assert [edge.to for edge in way[:-1]] == [edge.by for edge in way[1:]]
            assert way[-1].to == fragment.name
