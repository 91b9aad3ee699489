"""compile_commands.json: clangd sees no error in what builds, and sees those that are there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import clangd
from conftest import PROBES, Project, write_sconstruct
from howto import check_howto, read_howto
from scons_project import ROOT, files, scons
from tapsmith.kernel import Target
from tapsmith.library import Library
from tapsmith.probe import load_probe
from test_scons import KERNEL, edit

DATABASE = "compile_commands.json"


@pytest.fixture(scope="module")
def clangd_home() -> Path:
    """Where clangd lies."""
    return clangd.directory()


def database(directory: Path, *arguments: str) -> list[dict[str, list[str]]]:
    """Have scons write the database, and return it."""
    run = scons(directory, DATABASE, *arguments)
    assert run.status == 0, run.output
    found: list[dict[str, list[str]]] = json.loads((directory / DATABASE).read_text(encoding="utf-8"))
    return found


OWNERS = (
    *(load_probe(Path(probe)) for probe in PROBES),
    *Library.load([ROOT, ROOT / "tests"]).fragments.values(),
)


def check_all(home: Path, directory: Path, release: str, sources: Sequence[Path]) -> None:
    """Assert that every source is in the database, and that clangd finds no error in `sources`."""
    write_sconstruct(directory)
    known = {Path(str(entry["file"])) for entry in database(directory, f"KERNEL={release}")}
    assert known == {source.path for owner in OWNERS for source in owner.sources}
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(sources, pool.map(partial(clangd.errors, home, directory), sources), strict=True))
    assert {str(source): errors for source, errors in found.items() if errors} == {}


def test_no_error_is_seen_in_what_builds(any_kernel: Target, clangd_home: Path, tmp_path: Path) -> None:
    """Each sample probe is clean, and the last source of each fragment, which has the others before it."""
    shipped = [owner for owner in OWNERS if not owner.directory.is_relative_to(ROOT / "tests")]
    check_all(clangd_home, tmp_path, any_kernel.release, [owner.sources[-1].path for owner in shipped])


@pytest.mark.matrix
def test_nor_with_any_other_kernel(kernel: Target, clangd_home: Path, tmp_path: Path) -> None:
    """What only gcc knows is left out, for each kernel; here of every source there is."""
    every = [source.path for owner in OWNERS for source in owner.sources]
    check_all(clangd_home, tmp_path, kernel.release, every)


def test_mistakes_are_seen(project: Project, clangd_home: Path) -> None:
    """A mistake is seen in its own file and line, whichever file that is, and nowhere else."""
    directory = project(files())
    database(directory, KERNEL)
    edit(directory / "probes/one/one.c", "return tick_hit()", "return tick_hot()")
    edit(directory / "fragments/tock/tock.c", "return TOCK_STEP", "return TOCK_STEPS")
    found = {
        name: clangd.errors(clangd_home, directory, directory / name)
        for name in ("probes/one/one.c", "probes/two/two.c", "fragments/tock/tock.c", "fragments/tick/tick.c")
    }
    assert "Line 3:" in found["probes/one/one.c"][0]
    assert "tick_hot" in found["probes/one/one.c"][0]
    assert "Line 3:" in found["fragments/tock/tock.c"][0]
    assert "TOCK_STEPS" in found["fragments/tock/tock.c"][0]
    assert found["probes/two/two.c"] == found["fragments/tick/tick.c"] == []


def test_a_kernel_of_another_machine(project: Project, clangd_home: Path) -> None:
    """clangd is told for which one, which gcc has in its name; what it sees is that one's headers."""
    directory = project(files())
    edit(directory / "probes/two/two.c", "> 9", "+ sizeof(((struct pt_regs *)0)->pstate) > 9")
    edit(directory / "probes/three/three.c", "> 9", "+ sizeof(((struct pt_regs *)0)->ax) > 9")
    database(directory, "KERNEL=6.1-cloud-arm64")
    for name, mistakes in (("one", 0), ("two", 0), ("three", 1)):
        found = clangd.errors(clangd_home, directory, directory / f"probes/{name}/{name}.c")
        assert len(found) == mistakes, found


def test_an_entry_is_the_kernel_s_own_command(project: Project) -> None:
    """It is run in the kernel's tree, with the macros and fragments that stand before the source."""
    directory = project(files())
    entries = {Path(str(e["file"])).name: e for e in database(directory, KERNEL)}
    words = entries["one.c"]["arguments"]
    assert words[0] == "gcc-12"
    assert {"-DMODULE", "-D__KERNEL__", '-DKBUILD_MODNAME="one"', "-nostdinc"} <= set(words)
    assert Path(str(entries["one.c"]["directory"]), "Module.symvers").is_file()
    header = Path(words[words.index("-include", words.index("-Wno-unknown-warning-option") - 3) + 1])
    text = header.read_text(encoding="utf-8")
    assert header.is_relative_to(directory / "build")
    assert "#define TICK_STEP 2" in text
    assert f'#include "{directory}/fragments/tick/tick.c"' in text


def test_a_refused_probe_keeps_no_other_out(project: Project) -> None:
    """What can be told is written; what cannot is told, with its place."""
    directory = project(files())
    edit(directory / "probes/one/probe.yaml", "tick:", "tick1:")
    run = scons(directory, DATABASE, KERNEL)
    assert run.status == 2
    assert "probes/one/probe.yaml:3:" in run.output
    text = (directory / DATABASE).read_text(encoding="utf-8")
    assert "two.c" in text
    assert "one.c" not in text


def test_a_database_that_is_right_is_left_alone(project: Project) -> None:
    """An editor reads anew what has changed, and a build makes no database unasked."""
    directory = project(files())
    database(directory, KERNEL)
    written = [directory / DATABASE, *sorted(directory.rglob("*.h"))]
    before = [path.stat().st_mtime_ns for path in written]
    database(directory, KERNEL)
    assert before == [path.stat().st_mtime_ns for path in written]
    assert len(written) > 5
    (directory / DATABASE).unlink()
    assert scons(directory, KERNEL, "one").status == 0
    assert not (directory / DATABASE).exists()


def test_cleaning_takes_it_away(project: Project) -> None:
    """Cleaning everything does, cleaning one probe does not, and nothing is left."""
    directory = project(files())
    database(directory, KERNEL)
    assert scons(directory, KERNEL, "-c", "one").status == 0
    assert (directory / DATABASE).is_file()
    assert scons(directory, KERNEL, "-c").status == 0
    assert not (directory / DATABASE).exists()
    assert not list((directory / "build").rglob("*.h"))


def test_the_page_of_editors_runs(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What docs/editors.md shows is what one sees."""
    howto = read_howto((ROOT / "docs/editors.md").read_text(encoding="utf-8"))
    assert (len(howto.commands), len(howto.shown)) == (1, 1)
    home = tmp_path_factory.mktemp("editors") / "home"
    project(files()).rename(home)
    check_howto(howto, home)
    assert (home / DATABASE).is_file()
