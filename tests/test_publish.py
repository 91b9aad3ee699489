"""`tapsmith publish`: what is checked before a fragment goes into a registry, and what is in it then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from origins import World
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.document import Report
from tapsmith.library import Library, load_fragments
from tapsmith.manifest import load_fragment
from tapsmith.packages.content import fragment_digest
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import yank
from tapsmith.publishing.naming import naming_code
from tapsmith.publishing.requirements import in_order
from tapsmith.scaffold import fragment_files
from test_registry_write import contents

KERNEL = ("--kernel", "6.1-cloud")
Edit = Callable[[Path], object]


@pytest.fixture
def world(world: World) -> World:
    """A project with a registry and a new fragment, `spikes`; it is the current directory."""
    for name, text in {**fragment_files("spikes"), "LICENSE": "GPL-2.0\n"}.items():
        (world.app / name).parent.mkdir(parents=True, exist_ok=True)
        (world.app / name).write_text(text, encoding="utf-8")
    return world


def replaced(path: str, old: str, new: str) -> Edit:
    """Return an edit of a file of the project."""

    def edit(app: Path) -> None:
        text = (app / path).read_text(encoding="utf-8")
        assert old in text
        (app / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def manifest(old: str, new: str) -> Edit:
    return replaced("manifests/spikes.yaml", old, new)


def code(old: str, new: str) -> Edit:
    return replaced("fragments/spikes/spikes.c", old, new)


def version(number: str) -> None:
    """Give `spikes` a version."""
    path = Path("manifests/spikes.yaml")
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "".join(f"version: {number}\n" if "version: " in line else f"{line}\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def publish(*words: str) -> int:
    """Publish `spikes` into the project's registry."""
    return main(["publish", "spikes", "--registry", "main", *KERNEL, *words])


def test_a_fragment_goes_into_the_registry(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The dry run does all but write; the same again is nothing to do."""
    before = contents(world.registry)
    assert publish("--dry-run") == 0
    assert capsys.readouterr().out.startswith("spikes 0.1.0 would go into registry main: ")
    assert contents(world.registry) == before
    assert publish("--json") == 0
    told = json.loads(capsys.readouterr().out)
    (release,) = Registry("main", world.registry).releases("spikes")
    sha256 = fragment_digest(load_fragment(world.app / "manifests/spikes.yaml"))
    assert release.sha256 == sha256
    published = {"name": "spikes", "version": "0.1.0", "archive": release.archive, "size": release.size}
    published |= {"sha256": sha256, "new": True}
    assert told == {"registry": "main", "dry_run": False, "published": [published]}
    after = contents(world.registry)
    assert publish() == 0
    assert capsys.readouterr().out == "spikes 0.1.0 is in registry main already; there is nothing to do\n"
    yank(world.registry, "spikes", "0.1.0", "it crashes")
    assert publish() == 0
    assert "and was yanked: it crashes; there is nothing to do" in capsys.readouterr().out
    yank(world.registry, "spikes", "0.1.0", None)
    assert contents(world.registry) == after


def test_a_version_never_changes(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Another content needs another version, also for what was taken back."""
    assert publish() == 0
    code("counts notes", "counts all notes")(world.app)
    for act in (lambda: None, lambda: yank(world.registry, "spikes", "0.1.0", "it crashes")):
        act()
        before = contents(world.registry)
        capsys.readouterr()
        assert publish() == 2
        told = capsys.readouterr().err
        assert "[version-taken]" in told
        assert "manifests/spikes.yaml:" in told
        assert contents(world.registry) == before
    version("0.2.0")
    assert publish() == 0
    assert len(Registry("main", world.registry).releases("spikes")) == 2


def test_a_registry_is_made_on_demand(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Only with `--create`, and only once all checks have passed."""
    command = ["publish", "spikes", "--registry", "../fresh", *KERNEL]
    assert main(command) == 2
    assert "`--create` makes one" in capsys.readouterr().err
    assert main([*command, "--create", "--dry-run"]) == 0
    (world.app / "LICENSE").unlink()
    assert main([*command, "--create"]) == 2
    assert not (world.root / "fresh").exists()
    (world.app / "LICENSE").write_text("GPL-2.0\n", encoding="utf-8")
    assert main([*command, "--create"]) == 0
    assert json.loads((world.root / "fresh/config.json").read_text()) == {"format": 1, "name": "fresh"}
    assert len(Registry("fresh", world.root / "fresh").releases("spikes")) == 1


def test_what_is_required_goes_along(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order in which they need each other, whatever that of the command."""
    for name, text in fragment_files("frames").items():
        (world.app / name).parent.mkdir(parents=True, exist_ok=True)
        (world.app / name).write_text(text, encoding="utf-8")
    manifest("sources:", 'requires: {frames: ^0.1, deep: ^1.0, log: "*"}\nsources:')(world.app)
    before = contents(world.registry)
    assert publish() == 2
    assert "neither in registry `main` nor published along" in capsys.readouterr().err
    assert contents(world.registry) == before
    assert main(["publish", "spikes", "frames", "--registry", "main", *KERNEL, "--json"]) == 0
    published = json.loads(capsys.readouterr().out)["published"]
    assert [one["name"] for one in published] == ["frames", "spikes"]


def test_fragments_come_after_what_they_require() -> None:
    """Also all the shipped ones."""
    fragments = load_fragments([ROOT], Report())
    ordered = [fragment.name for fragment in in_order(list(fragments.values()))]
    assert sorted(ordered) == sorted(fragments)
    for name in ordered:
        for requirement in fragments[name].requires:
            if requirement.name in fragments:
                assert ordered.index(requirement.name) < ordered.index(name)


HEADER = '#include "large.h"\n#include <linux/atomic.h>'


def large(app: Path) -> None:
    """Give the fragment a header of more than 1 MiB."""
    code("#include <linux/atomic.h>", HEADER)(app)
    (app / "fragments/spikes/large.h").write_text("/* x */\n" * (1 << 17) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "expected", "place"),
    [
        (lambda app: (app / "LICENSE").unlink(), "no-license-text", "spikes.yaml:5"),
        (manifest("summary: ", 'summary: "\\e[2J"\n#'), "bad-summary", "spikes.yaml:4"),
        (manifest("version: 0.1.0", "version: 1"), "bad-version", "spikes.yaml:3"),
        (manifest("spikes_noted: any", "spikes_lost: any"), "missing-export", "spikes.yaml:12"),
        (code("/**\n * spikes_note", "/*\n * spikes_note"), "undocumented-export", "spikes.yaml:11"),
        (code("static void spikes_note", "static void more(void)\n{\n}\n\nstatic void spikes_note"),
         "unlisted-export", "spikes.c:16"),
        (code("<linux/atomic.h>", '"/etc/hostname"'), "header-outside", "spikes.c:7"),
        (code("<linux/atomic.h>", '"/etc/none.h"'), "file-read", "spikes.c:7:2"),
        (code("<linux/atomic.h>", "<linux/../../etc/x.h>"), "file-read", "spikes.c:7:2"),
        (large, "too-large", "large.h"),
        (code("atomic64_add(", "atomic64_plus("), "compile-failed", "spikes.yaml:2"),
        (manifest("sources:", "requires: {frames: ^1.0}\nsources:"), "unpublished-requirement", "yaml:8"),
        (manifest("sources:", "requires: {deep: ^7.0}\nsources:"), "unpublished-requirement", "yaml:8"),
        (manifest("sources:", "provides: [deep]\nsources:"), "duplicate-fragment", "spikes.yaml:8"),
        (manifest("sources:", 'kernel: "<5"\nsources:'), "kernel-unsupported", "spikes.yaml:8"),
    ],
)  # fmt: skip
def test_what_is_refused(
    world: World, capsys: pytest.CaptureFixture[str], edit: Edit, expected: str, place: str
) -> None:
    """With code, place and mend; nothing is written then, and a dry run says the same."""
    schema_line = "# yaml-language-server: $schema=x\n"
    path = world.app / "manifests/spikes.yaml"
    path.write_text(schema_line + path.read_text(encoding="utf-8"), encoding="utf-8")
    edit(world.app)
    before = contents(world.registry)
    problems = []
    for words in ([], ["--dry-run"]):
        assert publish(*words, "--json") == 2
        problems.append(json.loads(capsys.readouterr().out)["errors"])
    assert problems[0] == problems[1]
    found = [problem for problem in problems[0] if problem["code"] == expected]
    assert found, problems
    assert found[0]["severity"] == "error"
    assert place in ":".join(str(found[0][key]) for key in ("file", "line", "column"))
    # What mends C that does not compile is for the compiler to say.
    assert found[0]["mend"] or "error: " in found[0]["detail"]
    assert contents(world.registry) == before


def test_all_that_a_look_shows_is_told_at_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One run for all mistakes that are not the compiler's to find."""
    (world.app / "LICENSE").unlink()
    manifest("spikes_noted: any", "spikes_lost: any")(world.app)
    code("<linux/atomic.h>", '"/etc/none.h"')(world.app)
    assert publish("--json") == 2
    codes = {problem["code"] for problem in json.loads(capsys.readouterr().out)["errors"]}
    assert codes >= {"no-license-text", "missing-export", "unlisted-export", "file-read"}


def test_what_was_yanked_satisfies_nobody(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The reason is told to who requires it."""
    manifest("sources:", "requires: {deep: ^2.0}\nsources:")(world.app)
    yank(world.registry, "deep", "2.0.0", "it crashes")
    assert publish() == 2
    assert "2.0.0, yanked: it crashes" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "expected"), [("maps", "shipped-fragment"), ("spike", "unknown-fragment")])
def test_only_fragments_of_this_tree(
    world: World, capsys: pytest.CaptureFixture[str], name: str, expected: str
) -> None:
    """What is shipped with tapsmith is not published by others."""
    assert main(["publish", name, "--registry", "main"]) == 2
    assert f"[{expected}]" in capsys.readouterr().err


def test_why_versions_do_not_go_together_is_told_of_the_fragment(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the derivation that a user would see; the probe that found it is named nowhere as a file."""
    world.publish("deeper", "2.0.0")
    manifest("sources:", "requires: {deep: ^1.0, deeper: ^2.0}\nsources:")(world.app)
    assert publish("--json") == 2
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], problem["file"]) == ("no-solution", "manifests/spikes.yaml")
    assert problem["message"].endswith("what a probe that names the exports of `spikes` needs go together")
    assert "every deep needs deeper ^1.0" in problem["detail"]
    assert "tapsmith-" not in str(problem)


def test_a_virtual_name_is_chosen_for_the_attempt(world: World) -> None:
    """Who uses the fragment would choose a provider, too; where there is a default, that is it."""
    for name in ("relay", "ring"):
        world.publish(name, "1.0.0", "provides: [transport]\n")
    manifest("sources:", 'requires: {transport: "*"}\nsources:')(world.app)
    assert publish() == 0


def test_functions_that_refuse_to_be_compiled_are_named(world: World) -> None:
    """A call that is declared to be an error, unless a macro is set, is the author's purpose."""
    guard = 'void _spikes_no(void) __compiletime_error("set SPIKES_WIDE");\n\n/**\n * spikes_noted'
    code("/**\n * spikes_noted", guard)(world.app)
    code("return atomic64_read", "if (!SPIKES_WIDE)\n\t\t_spikes_no();\n\treturn atomic64_read")(world.app)
    manifest("config:\n", 'config:\n  SPIKES_WIDE: {type: bool, default: false, help: "Wide"}\n')(world.app)
    assert publish("--dry-run") == 0
    code("return atomic64_read", "return atomic64_reed")(world.app)
    assert publish("--dry-run") == 2


def test_the_probe_names_every_kind_of_export() -> None:
    """Functions by their address, types by their size, macros as far as they go without arguments."""
    library = Library.load([ROOT])
    text = naming_code(library.fragments["maps"], compiled=True)
    for export in library.fragments["maps"].exports:
        assert export.name in text
    text = naming_code(library.fragments["log"], compiled=False)
    assert "sizeof(&" in text or "#ifndef" in text
