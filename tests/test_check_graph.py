"""The graph of calls that `tapsmith check` reads from tokens is the compiler's before it inlines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scons_project import ROOT
from tapsmith import kbuild
from tapsmith.analysis.contexts import call_graph
from tapsmith.analysis.sources import read_units
from tapsmith.capabilities import definitions
from tapsmith.checks import include_directories
from tapsmith.emission import emit
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import Target
from tapsmith.kernelcache import cache_dir
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution, resolve

LIBRARY = Library.load([ROOT])
PROBES = sorted(file.parent for file in (ROOT / "probes").glob("*/probe.yaml"))
FUNCTION = re.compile(
    r"^[^\n ][^\n]*?\b(\w+) \([^\n]*\)\n(?:[^\n{]*\n)*?\{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL
)
BODY = "_stp_body_"
"""What the body of an inlined handler is called, and what _STP_TRACEPOINT makes of one's name."""


@pytest.fixture(scope="module")
def facts(any_kernel: Target) -> Facts:
    """The facts of the kernel that the probes are compiled for."""
    return load_facts(any_kernel, cache_dir(), progress=lambda _: None)


def compiled(resolution: Resolution, facts: Facts, directory: Path) -> dict[str, set[str]]:
    """Return whom each function calls, macros expanded and nothing inlined, as the compiler says."""
    name = resolution.probe.name
    (directory / f"{name}.c").write_text(emit(resolution), encoding="utf-8")
    owners = [resolution.probe, *resolution.fragments]
    quoted = " ".join(f"-iquote {path}" for owner in owners for path in include_directories(owner))
    has = " ".join(definitions(facts, resolution.fragments))
    flags = f"{quoted} {has} -fdump-tree-gimple -dumpdir {directory}/"
    done = kbuild.run(facts.target, facts.recipe, facts.recipe.compile, directory, name, flags=flags)
    assert done.returncode == 0, done.stderr
    (dump,) = directory.glob("*.gimple")
    found = {match[1]: match[2] for match in FUNCTION.finditer(dump.read_text(encoding="utf-8"))}
    # Of a handler, the body is what the probe's author wrote.
    bodies = {name.removeprefix(f"{BODY}of_").removeprefix(BODY): name for name in found}
    bodies |= {name: name for name in found if f"{BODY}{name}" not in found}
    return {name: set(re.findall(r"\b(\w+) \(", found[body])) for name, body in bodies.items()}


@pytest.mark.parametrize("directory", PROBES, ids=lambda directory: str(directory.name))
def test_the_compiler_sees_the_same_calls(directory: Path, facts: Facts, tmp_path: Path) -> None:
    """Between the probe's functions, and to exported ones, neither has a call that the other has not."""
    resolution = resolve(load_probe(directory), LIBRARY)
    files = read_units(resolution.probe)
    graph = {name: {call.name for call in calls} for name, calls in call_graph(files).items()}
    own = {f.name for unit in files for f in unit.functions if f.kind != "macro"}
    # A macro of a function's name may call another one.
    macros = {name for f in resolution.fragments for unit in read_units(f) for name in unit.macros}
    exports = {e.name for f in resolution.fragments for e in f.exports if e.kind == "function"} - macros
    known, expanded = own | exports, graph.keys() - own
    theirs = compiled(resolution, facts, tmp_path)
    assert own <= theirs.keys()
    compared = 0
    for name in own:
        # The compiler has expanded the probe's macros.
        ours = graph[name].union(*(graph[callee] for callee in graph[name] & expanded)) & known
        calls = {callee.removeprefix(BODY) for callee in theirs[name]} & known
        assert ours <= calls
        assert (calls - ours) & own == set()
        compared += len(ours)
    assert compared >= len(own) - 2
