"""A module holds what its probe reaches, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgraph import CallGraph, files_of_code
from conftest import Modules, Project
from scons_project import ROOT, module, scons
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import resolve

KERNEL = "KERNEL=6.1-cloud"


def standing(path: Path, library: Library) -> set[str]:
    """Return the fragments of which the module at `path` holds code beside their hooks."""
    hooks = {
        hook for fragment in library.fragments.values() for hook in vars(fragment.hooks).values() if hook
    }
    files = files_of_code(path, without=hooks)
    return {file.split("/")[-2] for file in files if "fragments/" in file}


def test_every_function_is_reached(modules: Modules, built_probe: str) -> None:
    """Each function can be reached from init, exit or a parameter of the module."""
    graph = CallGraph(modules.path(built_probe))
    assert graph.functions >= {"init_module", "cleanup_module"}
    assert graph.functions - graph.reached(graph.roots()) == set()


def test_every_fragment_stands_for_code(modules: Modules, built_probe: str) -> None:
    """Each fragment of the module has code in it, beyond what its hooks bring."""
    library = Library.load([ROOT, ROOT / "tests"])
    parent = ROOT / "probes" if (ROOT / "probes" / built_probe).is_dir() else ROOT / "tests/probes"
    resolution = resolve(load_probe(parent / built_probe), library)
    names = {fragment.name for fragment in resolution.fragments}
    assert names - standing(modules.path(built_probe), library) == set()


UNUSED = {
    "SConstruct": """\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate], PROBE_LOCKS=False)
env.ProbeModule("probes/idle")
""",
    "probes/idle/probe.yaml": "name: idle\nsummary: Needs more than it uses\nneeds: {maps: '*'}\n",
    "probes/idle/idle.c": """\
int idle_unreached(void);
int idle_unreached(void)
{
	return 7;
}

static int probe_begin(void)
{
	return 0;
}

static void probe_end(void)
{
}
""",
}


@pytest.fixture
def idle(project: Project) -> Path:
    """A module that needs a fragment for nothing and holds a function that nobody calls."""
    directory = project(UNUSED)
    run = scons(directory, KERNEL)
    assert run.status == 0, run.output
    path = module(directory, "idle")
    assert path is not None
    return path


def test_the_tests_above_can_fail(idle: Path) -> None:
    """An unreached function and an unused fragment are seen."""
    graph = CallGraph(idle)
    assert graph.functions - graph.reached(graph.roots()) == {"idle_unreached"}
    assert "maps" not in standing(idle, Library.load([ROOT]))
