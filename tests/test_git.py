"""Fragments from git: tags, branches, commits, and what is never run."""

from __future__ import annotations

import os

import pytest

from origins import World, commit, git, refused_afresh, versions, write_fragment
from tapsmith.cli import main
from tapsmith.packages.lock_file import read_lock


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


def test_a_build_reaches_for_no_other_machine(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git is not even started, unless the repository is on this one."""
    trap = world.root / "trap/git"
    trap.parent.mkdir()
    trap.write_text("#!/bin/sh\necho trapped >&2\nexit 1\n", encoding="utf-8")
    trap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{trap.parent}:{os.environ['PATH']}")
    for url in ("https://example.invalid/far.git", "git@example.invalid:far.git"):
        need_far(world, "tag: v1", url)
        problem = refused_afresh(world).problems[0]
        assert problem.code == "not-cached"
        assert problem.mend == "run `tapsmith fetch`, or `tapsmith lock` where there is no lock, which may"
        assert main(["lock", "--offline"]) == 2
        assert "--offline opens no connection [not-cached]" in capsys.readouterr().err
    assert main(["lock"]) == 2
    assert "trapped" in capsys.readouterr().err


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
    error = refused_afresh(world)
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
    assert refused_afresh(world).codes == (code,)
    assert not (world.root / "pwned").exists()


def test_no_git(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program there is a mend, not a traceback."""
    need_far(world, "tag: v1")
    monkeypatch.setenv("PATH", "/nowhere")
    assert refused_afresh(world).codes == ("no-git",)


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
