"""Targets and their identity."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler import COMPILER
from conftest import Project
from tapsmith.diagnostics import TapsmithError
from tapsmith.identity import identify
from tapsmith.kernel import Target, find_target, target_from_tree

TREE = {
    "Makefile": "include /usr/src/common/Makefile\n",
    ".config": f'CONFIG_CC_VERSION_TEXT="{COMPILER} (test) 12"\nCONFIG_KPROBES=y\n# CONFIG_LTO is not set\n',
    "Module.symvers": "0x1\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n",
    "include/generated/autoconf.h": "#define CONFIG_KPROBES 1\n",
    "include/generated/utsrelease.h": '#define UTS_RELEASE "6.1.0-56-cloud-amd64"\n',
    "include/linux/kernel.h": "/* a header */\n",
}


@pytest.fixture
def target(project: Project) -> Target:
    """The target of a small tree that looks like installed headers."""
    return target_from_tree(project(TREE))


def test_a_tree_tells_its_release_options_and_compiler(target: Target) -> None:
    """What a target knows is read from the tree, not from its name."""
    assert target.release == "6.1.0-56-cloud-amd64"
    assert target.config() == {"CC_VERSION_TEXT": f'"{COMPILER} (test) 12"', "KPROBES": "y"}
    assert target.compiler() == COMPILER


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("Makefile", "no-kernel-tree"),
        (".config", "kernel-not-configured"),
        ("Module.symvers", "kernel-not-configured"),
        ("include/generated/autoconf.h", "kernel-not-configured"),
    ],
)
def test_a_tree_that_cannot_build_is_refused(project: Project, missing: str, code: str) -> None:
    """The message names the file that is missing."""
    tree = project({name: text for name, text in TREE.items() if name != missing})
    with pytest.raises(TapsmithError) as caught:
        target_from_tree(tree)
    assert caught.value.codes == (code,)
    assert missing in str(caught.value)


def test_a_path_names_a_tree(project: Project) -> None:
    """A name with a slash is a build directory, and nothing is fetched."""
    tree = project(TREE)
    assert find_target(f"{tree}/", progress=lambda _: pytest.fail("fetched")).tree == tree.resolve()


@pytest.mark.parametrize("part", [".config", "Module.symvers", "include/generated/autoconf.h"])
def test_each_part_counts_in_the_identity(
    target: Target, tmp_path_factory: pytest.TempPathFactory, part: str
) -> None:
    """A change of configuration, symbol versions or generated headers makes another tree."""
    cache = tmp_path_factory.mktemp("cache")
    before = identify(target, cache)
    with (target.tree / part).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert identify(target, cache) != before


@pytest.mark.parametrize("part", ["include/linux/kernel.h", "Makefile"])
def test_other_headers_and_the_tree_s_place_do_not_count(
    target: Target, tmp_path_factory: pytest.TempPathFactory, part: str
) -> None:
    """Headers stand behind the package revision; the Makefile only tells where they lie."""
    cache = tmp_path_factory.mktemp("cache")
    before = identify(target, cache)
    (target.tree / part).write_text("changed\n", encoding="utf-8")
    assert identify(target, cache) == before


def test_a_missing_compiler_is_named(project: Project, tmp_path: Path) -> None:
    """The compiler that the kernel was built with has to be there."""
    text = 'CONFIG_CC_VERSION_TEXT="gcc-99 (test)"\n'
    with pytest.raises(TapsmithError) as caught:
        identify(target_from_tree(project({**TREE, ".config": text})), tmp_path)
    assert caught.value.codes == ("compiler-missing",)
    assert "gcc-99" in str(caught.value)
    assert "apt-get install gcc-99" in str(caught.value)
