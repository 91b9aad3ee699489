"""Which kernels `KERNEL=` means, and what a build for several of them does when one fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Project
from scons_project import files, scons
from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts
from tapsmith.kbuild import Recipe
from tapsmith.kernel import Target
from tapsmith.scons.chosen import Chosen, distinct
from tapsmith.selection import matches, select

HERE = (
    "6.1.0-55-cloud-amd64",
    "6.1.0-56-cloud-amd64",
    "6.1.0-56-rt-amd64",
    "6.1.0-56-cloud-arm64",
    "6.12.117+deb12-amd64",
    "6.19.2-custom",
)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("all", HERE),
        ("6.1*", (HERE[0], HERE[1], HERE[2], HERE[3])),
        ("*-rt", (HERE[2],)),
        ("6.1*-cloud", (HERE[0], HERE[1])),
        ("*arm64", (HERE[3],)),
        ("6.1[29]*", (HERE[4], HERE[5])),
        ("6.1?.*", (HERE[4], HERE[5])),
        ("6.12", (HERE[4],)),
        ("6.1-cloud", (HERE[1],)),
        ("*-cloud,6.1-cloud", (HERE[0], HERE[1])),
        ("6.12-rt", ("6.12-rt",)),
        ("./linux", ("./linux",)),
    ],
)
def test_what_a_name_means(given: str, meant: tuple[str, ...]) -> None:
    """A pattern means all that fit, a short name the newest, one that is not here itself; each once."""
    assert set(select(given.split(","), HERE)) == set(meant)
    assert len(select(given.split(","), HERE)) == len(meant)


@pytest.mark.parametrize("pattern", ["6.1*", "6*1", "*.12*", "[z-a]*"])
def test_a_star_does_not_go_on_with_a_number(pattern: str) -> None:
    """6.12 is another kernel than 6.1, and not one of its flavours; an odd class fits nothing."""
    assert matches(pattern, "6.12.117+deb12-rt-amd64") == (pattern == "*.12*")


@pytest.mark.parametrize(("given", "here"), [("7*", HERE), ("all", ()), ("6*", ())])
def test_a_pattern_that_fits_nothing_is_refused(given: str, here: tuple[str, ...]) -> None:
    """It brings no download; what there is, and how more comes, is told."""
    with pytest.raises(TapsmithError) as caught:
        select([given], here)
    assert caught.value.codes == ("no-kernel-matches",)
    assert "fetch-kernel" in str(caught.value)
    assert ("6.1-cloud-arm64" in str(caught.value)) == bool(here)


def test_a_kernel_that_fails_stops_no_other(project: Project) -> None:
    """A bad kernel comes first, a probe is not for the second: the rest is built, each reason told once."""
    made = files()
    made["probes/one/probe.yaml"] += 'kernel: ">=6.12"\n'
    made["probes/three/three.c"] = "#error broken\n"
    directory = project(made)
    run = scons(directory, "KERNEL=6.9-none,6.1-cloud,6.12-cloud")
    assert run.status == 2
    assert run.output.count("error: no kernel") == 1
    assert run.output.count("error: probe `one` is for") == 1
    built = sorted(str(path.relative_to(directory / "build")) for path in directory.glob("build/*/*/*.ko"))
    assert [name.split("/")[::2] for name in built] == [
        [built[0].split("/")[0], "two.ko"],
        [built[1].split("/")[0], "one.ko"],
        [built[1].split("/")[0], "two.ko"],
    ]
    assert built[0].startswith("6.1.")


def test_one_kernel_under_two_names_is_built_for_once(project: Project) -> None:
    """A pattern and a name may mean the same; the modules are the same nodes."""
    run = scons(project(files()), "KERNEL=6.1-cloud,6.1*-cloud", "one")
    assert run.status == 0
    assert run.output.count("  MODULE ") == 1


def test_two_trees_of_one_release_are_refused(tmp_path: Path) -> None:
    """Their modules would lie in the same place."""
    recipe = Recipe(*[""] * 7, environment={})
    trees = [Target("6.1.0", tmp_path / name) for name in ("one", "two")]
    kernels = [Chosen(str(t.tree), Facts(t, "", recipe, tmp_path)) for t in trees]
    assert len(distinct(kernels[:1] * 2)) == 1
    with pytest.raises(TapsmithError) as caught:
        distinct(kernels)
    assert caught.value.codes == ("kernel-twice",)
