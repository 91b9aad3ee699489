"""The library: fragments of several roots."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Project
from tapsmith import shipped as shipped_module
from tapsmith.library import Library
from tapsmith.shipped import shipped_root


def fragment(name: str, extra: str = "", root: str = "") -> dict[str, str]:
    """Return the files of a small fragment."""
    head = f"name: {name}\nversion: 1.0.0\nsummary: Fragment {name}\nlicense: GPL-2.0\nsources: [{name}.c]\n"
    return {f"{root}manifests/{name}.yaml": head + extra, f"{root}fragments/{name}/{name}.c": ""}


def test_roots_are_put_together(project: Project) -> None:
    """Fragments of all roots are one library; a root without manifests/, or given twice, adds nothing."""
    root = project(fragment("maps") | fragment("mine", root="own/"))
    library = Library.load([root / "own", root, root / "empty", root])
    assert sorted(library.fragments) == ["maps", "mine"]
    assert library.fragments["mine"].sources[0].label == "fragments/mine/mine.c"
    assert library.fragments["mine"].label == "manifests/mine.yaml"


def test_names_and_macros_are_known_with_their_owners(project: Project) -> None:
    """Virtual names count as names; a macro is found with its fragment."""
    root = project(
        fragment("relay", "provides: [transport]\nconfig:\n  SIZE: {type: int, default: 4}\n")
        | fragment("klog", "provides: [transport]\n")
    )
    library = Library.load([root])
    assert library.names() == {"relay", "klog", "transport"}
    assert [provider.name for provider in library.providers("transport")] == ["klog", "relay"]
    owner, macro = library.macros()["SIZE"]
    assert (owner.name, macro.default) == ("relay", 4)


def test_reach_follows_requirements(project: Project) -> None:
    """All that a fragment can draw in is its reach; without conditions, what it draws in always."""
    conditional = "requires:\n  b: {version: ^1.0, when: {ON: true}}\n"
    root = project(
        fragment("a", conditional + "config:\n  ON: {type: bool, default: false}\n")
        | fragment("b", 'requires:\n  virtual: "*"\n')
        | fragment("c", "provides: [virtual]\n")
    )
    library = Library.load([root])
    assert library.reach(library.fragments["a"]) == {"a", "b", "c"}
    assert library.reach(library.fragments["a"], conditional=False) == {"a"}


def test_the_shipped_root_of_a_checkout_is_its_top() -> None:
    """Without `share` in the package, manifests/ and fragments/ stand beside site_scons/."""
    assert shipped_root() == Path(__file__).resolve().parents[1]


def test_the_shipped_root_of_an_installed_package_is_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel carries its fragments in `share`."""
    package = tmp_path / "tapsmith"
    (package / "share").mkdir(parents=True)
    monkeypatch.setattr(shipped_module, "__file__", str(package / "shipped.py"))
    assert shipped_root() == package / "share"


def test_the_shipped_fragments_load() -> None:
    """What is shipped breaks no rule."""
    assert Library.load([shipped_root()]).fragments
