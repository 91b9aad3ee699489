"""`tapsmith yank` and `unyank`: versions taken back, and where the reason is told."""

from __future__ import annotations

import json

import pytest

from origins import World
from tapsmith.cli import main
from tapsmith.packages.registry import Registry

WHY = "it loses the last element"


def yanked(world: World) -> dict[str, str | None]:
    """Return the versions of `deep`, and why each was taken back."""
    return {str(r.version): r.yanked for r in Registry("main", world.registry).releases("deep")}


def test_a_yank_and_its_undo(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A registry goes by its name or its directory; the same again changes nothing, another reason does."""
    before = (world.registry / "index/de/ep/deep").read_bytes()
    command = ["yank", "deep@1.1.0", "--registry", "main", "--reason"]
    assert main([*command, WHY]) == 0
    assert capsys.readouterr().out == f"deep 1.1.0 in registry main is now yanked: {WHY}\n"
    assert yanked(world) == {"2.0.0": None, "1.1.0": WHY, "1.0.0": None}
    assert main([*command, WHY]) == 0
    assert capsys.readouterr().out == f"deep 1.1.0 in registry main is already yanked: {WHY}\n"
    assert main([*command, "worse", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "name": "deep", "version": "1.1.0", "registry": "main", "yanked": "worse", "changed": True,
    }  # fmt: skip
    assert main(["unyank", "deep@1.1.0", "--registry", "../registry"]) == 0
    assert capsys.readouterr().out == "deep 1.1.0 in registry ../registry is now not yanked\n"
    assert (world.registry / "index/de/ep/deep").read_bytes() == before
    assert main(["unyank", "deep@1.1.0", "--registry", "main"]) == 0
    assert "is already not yanked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["deep@7.0.0", "--registry", "main", "--reason", WHY], "unknown-version", "2.0.0, 1.1.0, 1.0.0"),
        (["gone@1.0.0", "--registry", "main", "--reason", WHY], "unknown-version", "it has: none"),
        (["../x@1.0.0", "--registry", "main", "--reason", WHY], "bad-need", "FRAGMENT@VERSION"),
        (["deep", "--registry", "main", "--reason", WHY], "bad-need", "FRAGMENT@VERSION"),
        (["deep@1.0.0", "--registry", "mian", "--reason", WHY], "unknown-registry", "did you mean `main`?"),
        (["deep@1.0.0", "--registry", "./x", "--reason", WHY], "registry-unreachable", "no such directory"),
        (["deep@1.0.0", "--registry", "main", "--reason", " "], "bad-reason", "one line"),
        (["deep@1.0.0", "--registry", "main", "--reason", "two\nlines"], "bad-reason", "one line"),
        (["deep@1.0.0", "--registry", "main", "--reason", "\x1b[2J"], "bad-reason", "can be printed"),
    ],
)
def test_what_is_refused(
    world: World, capsys: pytest.CaptureFixture[str], words: list[str], code: str, told: str
) -> None:
    """Nothing is written then, not even a lock file where there is no registry."""
    before = {path: path.stat().st_mtime_ns for path in world.root.rglob("*")}
    assert main(["yank", *words]) == 2
    err = capsys.readouterr().err
    assert f"[{code}]" in err
    assert told in err
    assert {path: path.stat().st_mtime_ns for path in world.root.rglob("*") if path.name != ".lock"} == {
        path: at for path, at in before.items() if path.name != ".lock"
    }


def test_the_reason_is_told_wherever_it_matters(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Resolving says why a version was not taken; outdated, info and why-not say it as well."""
    world.need('  own: "*"\n  deep: =1.1.0\n')
    assert main(["lock"]) == 0
    assert main(["yank", "deep@1.1.0", "--registry", "main", "--reason", WHY]) == 0
    capsys.readouterr()
    # A lock that has it still holds.
    assert main(["tree"]) == 0
    assert "deep 1.1.0" in capsys.readouterr().out
    assert main(["outdated"]) == 0
    assert f"yanked: {WHY}" in capsys.readouterr().out
    assert main(["info", "deep"]) == 0
    assert f"\n  yanked      1.1.0: {WHY}\n" in capsys.readouterr().out
    assert main(["info", "deep", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["yanked"] == {"1.1.0": WHY}
    assert main(["why-not", "deep@1.1.0"]) == 1
    assert WHY in capsys.readouterr().out
    world.lock.unlink()
    assert main(["lock"]) == 2
    assert WHY in capsys.readouterr().err
