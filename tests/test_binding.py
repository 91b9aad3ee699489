"""A name belongs to one registry: by `bind`, and by the lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from origins import World, commit, edit, obtained, write_fragment
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.manifest import load_fragment
from tapsmith.packages.binding import Bindings
from tapsmith.packages.lock_file import read_lock
from tapsmith.packages.project import load_project
from tapsmith.packages.registry_write import add_to_registry, make_registry

EVIL_FIRST = "registries:\n  evil: {path: ../evil}\n  main: {path: ../registry}\n"
MAIN_FIRST = "registries:\n  main: {path: ../registry}\n  evil: {path: ../evil}\n"


def take_over(
    world: World, name: str, version: str = "1.9.0", more: str = "", order: str = EVIL_FIRST
) -> None:
    """Publish a fragment of that name in a registry that comes first."""
    (world.app / "tapsmith.yaml").write_text(order, encoding="utf-8")
    make_registry(world.root / "evil", "evil")
    add_to_registry(
        world.root / "evil", load_fragment(write_fragment(world.root / "draft", name, version, more))
    )


def bind(world: World, text: str) -> None:
    """Add bindings to the project's file."""
    path = world.app / "tapsmith.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"bind: {text}\n", encoding="utf-8")


def registry_of(world: World, name: str) -> str:
    """Return what the lock has a fragment from."""
    lock = read_lock(world.lock)
    assert lock
    return lock.entries[name].told


def test_the_longest_beginning_counts() -> None:
    """A name by itself comes before any beginning of it."""
    known = Bindings({"*": "all", "team_*": "team", "team_a*": "a", "team_ab": "ab"})
    names = ("maps", "team_x", "team_a", "team_abc", "team_ab")
    assert [known.registry_of(name) for name in names] == ["all", "team", "a", "a", "ab"]
    assert Bindings({"team_*": "team"}).registry_of("maps") is None


@pytest.mark.parametrize("bound", ["deep: main", "de*: main", '"*": main'])
def test_a_bound_name_comes_from_its_registry_alone(world: World, bound: str) -> None:
    """Whatever the order, and wherever a newer version is."""
    take_over(world, "deep")
    bind(world, f"{{{bound}}}")
    assert main(["lock"]) == 0
    assert registry_of(world, "deep") == "registry main"


def test_without_a_binding_the_first_one_has_it(world: World) -> None:
    """That is what a binding is for."""
    take_over(world, "deep")
    assert main(["lock"]) == 0
    assert registry_of(world, "deep") == "registry evil"


def test_a_registry_is_not_asked_for_what_is_bound_elsewhere(world: World) -> None:
    """So it does not even learn the name: a damaged file of that name there does no harm."""
    take_over(world, "deep")
    bind(world, "{deep: main}")
    (world.root / "evil/index/de/ep/deep").write_text("damage\n", encoding="utf-8")
    assert main(["lock"]) == 0
    assert main(["info", "deep"]) == 0


def test_no_other_registry_stands_in_where_the_bound_one_has_it_not(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is yet to be published in one's own registry cannot be had from a stranger's."""
    take_over(world, "team_log")
    bind(world, "{team_*: main}")
    world.need("  team_log: ^1.0\n")
    assert main(["lock"]) == 2
    assert "nothing is known by that name [unknown-fragment]" in capsys.readouterr().err


def test_a_bound_virtual_name_has_the_providers_of_its_registry(world: World) -> None:
    """Another registry cannot say who stands for it."""
    take_over(world, "other", more="provides: {outlet: default}\n")
    world.publish("relay", "1.0.0", "provides: {outlet: default}\n")
    world.need('  outlet: "*"\n')
    bind(world, "{outlet: main}")
    assert main(["lock"]) == 0
    lock = read_lock(world.lock)
    assert lock
    assert lock.chosen == {"outlet": "relay"}


def test_a_neighbour_in_a_repository_does_not_take_a_bound_name(world: World) -> None:
    """What lies beside the fragment that a need names counts only for names that are free."""
    write_fragment(world.root / "far", "deeper", "1.9.0")
    commit(world.root / "far", "v1")
    bind(world, "{deeper: main}")
    assert main(["lock"]) == 0
    assert registry_of(world, "deeper") == "registry main"
    edit(world.app / "tapsmith.yaml", "bind: {deeper: main}\n", "")
    world.lock.unlink()
    assert main(["lock"]) == 0
    assert registry_of(world, "deeper") == "git ../far"


def test_a_need_that_names_a_place_is_not_bound(world: World) -> None:
    """Who writes the place means it."""
    bind(world, "{near: main, far: main}")
    assert main(["lock"]) == 0
    assert "near" in {f.name for f in obtained(world).resolution.fragments}


def test_a_binding_makes_a_lock_stale_that_breaks_it(world: World) -> None:
    """The lock is told; a new one keeps to the binding."""
    take_over(world, "deep")
    assert main(["lock"]) == 0
    bind(world, "{deep: main}")
    with pytest.raises(TapsmithError, match="`deep` is bound to registry `main` now"):
        obtained(world)
    assert main(["lock"]) == 0
    assert registry_of(world, "deep") == "registry main"


@pytest.mark.parametrize("command", [["lock"], ["update"], ["update", "deep"]])
@pytest.mark.parametrize("name", ["deep", "deeper"])
def test_a_locked_name_does_not_go_over_to_another_registry(
    world: World, command: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a need of the probe nor what only a fragment requires; the lock stays as it is."""
    assert main(["lock"]) == 0
    before = world.lock.read_text(encoding="utf-8")
    take_over(world, name)
    assert main(command) == 2
    said = capsys.readouterr().err
    assert f"`{name}` is locked from registry main, and registry evil has that name now, too" in said
    assert "[registry-changed]" in said
    assert world.lock.read_text(encoding="utf-8") == before


def test_a_build_that_has_to_search_refuses_it_as_well(world: World) -> None:
    """A stale lock still says where its names are from; one that holds asks nobody."""
    assert main(["lock"]) == 0
    take_over(world, "deep")
    assert obtained(world).notice is None
    edit(world.probe / "probe.yaml", "deep: ^1.0", 'deep: ">=1.0"')
    with pytest.raises(TapsmithError) as caught:
        obtained(world, frozen=False)
    assert caught.value.codes == ("registry-changed",)


def test_it_is_told_also_where_it_leaves_no_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Not that versions do not go together, but why."""
    assert main(["lock"]) == 0
    take_over(world, "deep", "7.0.0")
    assert main(["lock"]) == 2
    assert "[registry-changed]" in capsys.readouterr().err


def test_a_fragment_does_not_become_a_virtual_name_of_another_registry(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """That would bring in the provider under the locked name."""
    assert main(["lock"]) == 0
    take_over(world, "other", more="provides: {deep: default}\n")
    assert main(["update"]) == 2
    assert "[registry-changed]" in capsys.readouterr().err


def test_a_neighbour_in_a_repository_does_not_take_a_locked_name(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A branch that moves may bring fragments of any name."""
    assert main(["lock"]) == 0
    write_fragment(world.root / "far", "deeper", "1.9.0")
    commit(world.root / "far", "v1")
    assert main(["update"]) == 2
    assert "is locked from registry main, and git ../far has that name now" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["bind", "drop"])
def test_the_project_says_that_it_is_meant(world: World, word: str) -> None:
    """By a binding to the new one, or by listing the old one no more."""
    assert main(["lock"]) == 0
    take_over(world, "deep")
    take_over(world, "deeper")
    if word == "bind":
        bind(world, '{"*": evil}')
    else:
        edit(world.app / "tapsmith.yaml", "  main: {path: ../registry}\n", "")
    assert main(["lock"]) == 0
    assert registry_of(world, "deep") == "registry evil"


def test_a_later_registry_takes_nothing_over(world: World) -> None:
    """The order holds as ever."""
    assert main(["lock"]) == 0
    take_over(world, "deep", order=MAIN_FIRST)
    assert main(["update"]) == 0
    assert registry_of(world, "deep") == "registry main"


@pytest.mark.parametrize(
    ("text", "code"),
    [("{deep: other}", "unknown-registry"), ("{'De*': main}", "bad-name"), ("{'a*b': main}", "bad-name")],
)
def test_a_binding_with_a_mistake(tmp_path: Path, text: str, code: str) -> None:
    """One that binds nothing would be worse than none."""
    file = f"registries:\n  main: {{path: ../registry}}\nbind: {text}\n"
    (tmp_path / "tapsmith.yaml").write_text(file, encoding="utf-8")
    with pytest.raises(TapsmithError) as caught:
        load_project(tmp_path)
    assert caught.value.codes == (code,)
