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


PARTS = (
    ".config",
    "Module.symvers",
    "include/generated/autoconf.h",
    "arch/x86/include/generated/asm/early.h",
    "vmlinux",
    "tools/objtool/objtool",
    "tools/bpf/resolve_btfids/resolve_btfids",
    "scripts/mod/modpost",
    "scripts/module.lds",
    "scripts/gcc-plugins/stackleak_plugin.so",
)
TOOLS = ("gcc-test", "cc1", "as", "ld", "objcopy", "make", "pahole")


@pytest.fixture
def whole(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The target of a tree that has all parts, and tools of its own; its compiler's cc1 is in no PATH."""
    tools = {f"bin/{tool}": "#!/bin/sh\n" for tool in TOOLS}
    tools["libexec/cc1"] = tools.pop("bin/cc1")
    tools["bin/gcc-test"] += f'case $1 in *=cc1) echo {tmp_path}/libexec/cc1;; *) echo "${{1#*=}}";; esac\n'
    config = 'CONFIG_CC_VERSION_TEXT="gcc-test (test) 12"\n'
    parts = {f"tree/{part}": text for part, text in {**dict.fromkeys(PARTS, ""), **TREE}.items()}
    root = project({**tools, **parts, "tree/.config": config})
    for tool in tools:
        (root / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{root / 'bin'}:/usr/bin:/bin")
    return target_from_tree(root / "tree")


@pytest.mark.parametrize(
    "part", [*(f"tree/{part}" for part in PARTS), *(f"*/{tool}" for tool in TOOLS), "bin/awk", "tree/README"]
)
def test_each_part_counts_in_the_identity(
    whole: Target, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, part: str
) -> None:
    """A change of a part of the tree, or of a tool that has a say in a module, makes another tree."""
    cache = tmp_path_factory.mktemp("cache")
    before = identify(whole, cache)
    file = next(tmp_path.glob(part), tmp_path / part)
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert (identify(whole, cache) != before) == (part not in ("bin/awk", "tree/README"))


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
