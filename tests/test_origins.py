"""Where fragments come from: paths, git, registries, and which of them counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from origins import NEEDS, World, commit, edit, git, obtained, versions, write_fragment
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.manifest import load_fragment
from tapsmith.packages.lock_file import read_lock
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import add_to_registry, make_registry


def refusal(world: World) -> TapsmithError:
    """Return why the probe is refused."""
    with pytest.raises(TapsmithError) as caught:
        obtained(world, frozen=False)
    return caught.value


def need_far(world: World, rev: str, url: str = "../far") -> None:
    """Let the probe need nothing but fragment `far`, at a revision."""
    world.need(f'  far: {{version: "*", git: "{url}", {rev}}}\n')


def test_a_tag_a_branch_and_a_commit(world: World) -> None:
    """Each is looked up in the repository, a commit also by its beginning."""
    first = git(world.root / "far", "rev-parse", "HEAD")
    write_fragment(world.root / "far", "far", "1.6.0")
    commit(world.root / "far")
    for rev, version in (
        ("tag: v1", "1.5.0"), ("branch: main", "1.6.0"), (f"commit: {first}", "1.5.0"),
        (f"commit: {first[:9]}", "1.5.0"),
    ):  # fmt: skip
        need_far(world, rev)
        assert versions(world, frozen=False) == {"far": version}, rev
    need_far(world, "tag: v1", f"file://{world.root}/far")
    assert versions(world, frozen=False) == {"far": "1.5.0"}


def test_a_commit_on_no_branch(world: World) -> None:
    """A commit that a server still has can be named."""
    write_fragment(world.root / "far", "far", "1.6.0")
    lost = commit(world.root / "far")
    git(world.root / "far", "reset", "-q", "--hard", "v1")
    need_far(world, f"commit: {lost}")
    assert versions(world, frozen=False) == {"far": "1.6.0"}


def test_a_branch_that_moves_changes_nothing_until_update(locked: World) -> None:
    """The lock holds a commit."""
    need_far(locked, "branch: main")
    assert main(["lock"]) == 0
    write_fragment(locked.root / "far", "far", "1.6.0")
    moved = commit(locked.root / "far")
    assert versions(locked) == {"far": "1.5.0"}
    assert main(["lock"]) == 0
    assert versions(locked) == {"far": "1.5.0"}
    assert main(["update", "far"]) == 0
    lock = read_lock(locked.lock)
    assert lock
    assert (lock.entries["far"]["commit"], lock.entries["far"]["version"]) == (moved, "1.6.0")


def test_a_fragment_of_git_may_require_its_neighbours(world: World) -> None:
    """All fragments of a repository may satisfy requirements."""
    write_fragment(world.root / "far", "far", "1.5.1", "requires: {farther: ^2.0}\n")
    write_fragment(world.root / "far", "farther", "2.0.0")
    commit(world.root / "far", "v2")
    need_far(world, "tag: v2")
    assert versions(world, frozen=False) == {"far": "1.5.1", "farther": "2.0.0"}


@pytest.mark.parametrize(
    ("rev", "code", "said"),
    [
        ("tag: v7", "unknown-revision", "../far has no tag `v7`"),
        ("branch: other", "unknown-revision", "../far has no branch `other`"),
        ("commit: 0123456789", "unknown-revision", "../far has no commit `0123456789`"),
        (f"commit: {'0' * 40}", "unknown-revision", "../far has no commit `0000"),
        ("commit: main", "bad-origin", "`main` is no name of a commit"),
        ('tag: "--upload-pack=x"', "bad-origin", "is no name of a tag"),
        ("branch: a..b", "bad-origin", "is no name of a branch"),
    ],
)
def test_a_revision_that_is_not_there(world: World, rev: str, code: str, said: str) -> None:
    """The message names repository and revision, at the need's place."""
    need_far(world, rev)
    error = refusal(world)
    assert error.codes == (code,)
    assert said in error.problems[0].message
    assert str(error.problems[0].place) == f"{world.probe}/probe.yaml:4:3"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("../nowhere", "git-unreachable"),
        ("file:///nowhere", "git-unreachable"),
        ("ext::sh -c touch% {root}/pwned", "bad-origin"),
        ("http://localhost/x.git", "bad-origin"),
        ("--upload-pack=touch {root}/pwned", "bad-origin"),
        ("fd::17", "bad-origin"),
    ],
)
def test_a_url_that_is_not_fetched_from(world: World, url: str, code: str) -> None:
    """What is no plain transport is refused before git sees it."""
    need_far(world, "tag: v1", url.format(root=world.root))
    assert refusal(world).codes == (code,)
    assert not (world.root / "pwned").exists()


def test_no_git(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program there is a mend, not a traceback."""
    need_far(world, "tag: v1")
    monkeypatch.setenv("PATH", "/nowhere")
    assert refusal(world).codes == ("no-git",)


def test_nothing_of_a_repository_is_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hook, no filter, no submodule; links are left out; git's variables of the caller do not count."""
    far, trap = world.root / "far", world.root / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {world.root}/pwned\ncat\n", encoding="utf-8")
    trap.chmod(0o755)
    (far / ".gitattributes").write_text("*.c filter=trap\n", encoding="utf-8")
    (far / "fragments/far/link.h").symlink_to("/etc/passwd")
    (far / ".gitmodules").write_text(
        '[submodule "s"]\n\tpath = fragments/s\n\turl = ../beside\n', encoding="utf-8"
    )
    blob = git(far, "rev-parse", "HEAD")
    git(far, "update-index", "--add", "--cacheinfo", f"160000,{blob},fragments/s")
    git(far, "add", "-A", "--", ".gitattributes", ".gitmodules", "fragments/far")
    git(far, "commit", "-q", "-m", "traps")
    git(far, "tag", "traps")
    settings = world.root / "gitconfig"
    settings.write_text(
        f'[filter "trap"]\n\tsmudge = {trap}\n\trequired = true\n[core]\n\thooksPath = {world.root}/hooks\n',
        encoding="utf-8",
    )
    (world.root / "hooks").mkdir()
    for hook in ("post-checkout", "reference-transaction", "post-merge"):
        os.link(trap, world.root / "hooks" / hook)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    need_far(world, "tag: traps")
    assert versions(world, frozen=False) == {"far": "1.5.0"}
    assert not (world.root / "pwned").exists()
    (tree,) = (world.root / "cache/git").glob("*/*/manifests")
    assert sorted(path.name for path in tree.parent.rglob("*")) == [
        "far", "far.c", "far.yaml", "fragments", "manifests",
    ]  # fmt: skip


@pytest.mark.parametrize("needed", ["near: {path: ../beside}", "near: {git: ../far, tag: v1}"])
def test_an_origin_must_have_what_it_is_named_for(world: World, needed: str) -> None:
    """The message tells what it has instead."""
    (world.root / "beside/manifests/near.yaml").rename(world.root / "gone.yaml")
    world.need(f"  {needed}\n")
    error = refusal(world)
    assert error.codes == ("unknown-fragment",)
    assert "has no fragment `near`" in str(error)


@pytest.mark.parametrize(
    ("path", "code"), [("/tmp", "bad-origin"), ("~/x", "bad-origin"), ("../nowhere", "origin-unreachable")]
)
def test_a_path_that_is_none(world: World, path: str, code: str) -> None:
    """A lock is for every machine: so is a path."""
    world.need(f'  near: {{path: "{path}"}}\n')
    assert refusal(world).codes == (code,)


def test_an_origin_for_what_the_tree_has_is_refused(world: World) -> None:
    """The tree comes first; a need that says otherwise would be silently ignored."""
    write_fragment(world.root / "beside", "own", "3.0.0")
    world.need("  own: {path: ../beside}\n")
    error = refusal(world)
    assert error.codes == ("origin-hidden",)
    assert "`own` lies in the tree" in str(error)


def test_the_tree_hides_what_others_have(world: World) -> None:
    """A fragment of the tree is taken, in its version, whatever a registry has by that name."""
    write_fragment(world.app, "deep", "1.0.1")
    world.need('  deep: "*"\n')
    assert versions(world, frozen=False) == {"deep": "1.0.1"}
    world.need("  deep: ^2.0\n")
    assert "version-mismatch" in refusal(world).codes


def test_an_origin_hides_what_a_registry_has(world: World) -> None:
    """A neighbour in a path comes before the registries."""
    write_fragment(world.root / "beside", "deeper", "1.0.7")
    assert versions(world, frozen=False)["deeper"] == "1.0.7"


def test_versions_of_two_registries_are_not_mixed(world: World) -> None:
    """The first registry that knows a name has it alone, even where the second has a newer version."""
    make_registry(world.root / "team", "team")
    first = "registries:\n  team: {path: ../team}\n  main: {path: ../registry}\n"
    (world.app / "tapsmith.yaml").write_text(first, encoding="utf-8")
    add_to_registry(world.root / "team", load_fragment(write_fragment(world.root / "draft", "deep", "1.0.0")))
    assert main(["lock"]) == 0
    lock = read_lock(world.lock)
    assert lock
    assert (lock.entries["deep"]["registry"], lock.entries["deep"]["version"]) == ("team", "1.0.0")


def test_a_registry_does_not_take_over_a_virtual_name(world: World) -> None:
    """A name that is a virtual one in the tree stays that, whatever a registry calls so."""
    write_fragment(world.app, "klog", more="provides: [transport]\n")
    world.publish("transport", "9.0.0")
    world.publish("relay", "1.0.0", "provides: {transport: default}\n")
    world.publish("klog", "9.0.0", "provides: [transport]\n")
    world.need('  transport: "*"\n')
    assert versions(world, frozen=False) == {"relay": "1.0.0"}
    world.need('  transport: "*"\n  klog: "*"\n')
    assert versions(world, frozen=False) == {"klog": "1.0.0"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("registries:\n  Main: {path: x}\n  b: {}\n  c: x\nregistry: 1\n",
         ("bad-name", "missing-key", "wrong-type", "unknown-key")),
        ("registries: {main: {path: ../registry, url: x}}\n", ("unknown-key",)),
        ("registries: {main: {path: ../nowhere}}\n", ("registry-unreachable",)),
    ],
)  # fmt: skip
def test_a_project_s_file_is_read_strictly(world: World, text: str, codes: tuple[str, ...]) -> None:
    """All mistakes come at once, each with its place."""
    (world.app / "tapsmith.yaml").write_text(text, encoding="utf-8")
    error = refusal(world)
    assert sorted(error.codes) == sorted(codes)
    places = [problem.place for problem in error.problems]
    assert all(place and place.line and place.file == world.app / "tapsmith.yaml" for place in places)


def test_what_is_not_in_the_cache_is_fetched(locked: World) -> None:
    """A lock is enough on another machine: everything comes from where it says, and nothing newer."""
    locked.publish("deep", "1.2.0")
    (locked.root / "cache").rename(locked.root / "old")
    assert versions(locked)["deep"] == "1.1.0"
    assert obtained(locked).resolution == obtained(locked).resolution


@pytest.mark.parametrize(
    ("gone", "name", "why"),
    [
        ("beside", "near", "there is no directory ../beside"),
        ("far", "far", "git cannot fetch from ../far"),
        ("registry", "deep", "registry `main` cannot be reached"),
    ],
)
def test_what_is_neither_cached_nor_reachable(locked: World, gone: str, name: str, why: str) -> None:
    """One refusal, at the fragment's place in the lock."""
    (locked.root / "cache").rename(locked.root / "old")
    (locked.root / gone).rename(locked.root / f"{gone}.away")
    error = refusal(locked)
    assert error.codes == ("not-cached",)
    assert error.problems[0].message.startswith(f"`{name}` ")
    assert why in error.problems[0].message
    place = error.problems[0].place
    assert place
    assert place.file == locked.lock
    assert f"  {name}:" in locked.lock.read_text(encoding="utf-8").splitlines()[place.line - 1]


def test_what_changed_at_its_origin_is_refused(locked: World) -> None:
    """An archive with other bytes than the lock tells is not unpacked."""
    (locked.root / "cache").rename(locked.root / "old")
    for path in (locked.registry / "archives").rglob("*.tar.gz"):
        path.write_bytes(path.read_bytes() + b"x")
    assert refusal(locked).codes == ("bad-archive",)


def test_a_registry_that_the_project_names_no_more(locked: World) -> None:
    """From the cache it is built still; without, the message tells what is missing."""
    (locked.app / "tapsmith.yaml").unlink()
    assert versions(locked)["deep"] == "1.1.0"
    (locked.root / "cache").rename(locked.root / "old")
    assert "tapsmith.yaml names no registry `main`" in str(refusal(locked))


def test_an_index_that_lies_about_the_files_is_refused(world: World) -> None:
    """What an archive holds is checked against the index before it is used."""
    release = Registry("main", world.registry).releases("deeper")[0]
    edit(world.registry / "index/de/ep/deeper", release.sha256, "0" * 64)
    error = refusal(world)
    assert error.codes == ("bad-archive",)
    assert str(error.problems[0].place) == f"{world.registry}/index/de/ep/deeper:1"


def test_add_knows_registries(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The default range is that of the newest version that can be had."""
    world.need(NEEDS.replace("  deep: ^1.0\n", ""))
    edit(world.probe / "mine.c", " + deep_value()", "")
    assert main(["add", "deep", "mine"]) == 0
    assert "deep: ^2.0" in (world.probe / "probe.yaml").read_text(encoding="utf-8")
    assert Path("probes/mine").is_dir()
