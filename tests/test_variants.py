"""Kernels that are configured otherwise than Debian's: their modules are what their kbuild makes, too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tapsmith.elf import loaded
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import Target, find_target
from tapsmith.module import compile_object, link_module
from tapsmith.precompiled import PROOF
from tapsmith.through_kbuild import build_module


def altered(kernel: Target, home: Path, **options: str) -> Target:
    """Return a copy of a kernel's tree with other options, each y or n; the common headers are shared."""
    source = home / "src"
    source.mkdir(parents=True)
    for other in kernel.tree.parent.iterdir():
        if other != kernel.tree:
            (source / other.name).symlink_to(other)
    (home / "lib").symlink_to(kernel.tree.parent.parent / "lib")
    tree = source / kernel.tree.name
    shutil.copytree(kernel.tree, tree, symlinks=True)
    for name, state in options.items():
        for file, line in (
            (".config", f"CONFIG_{name}=y\n"),
            ("include/config/auto.conf", f"CONFIG_{name}=y\n"),
            ("include/generated/autoconf.h", f"#define CONFIG_{name} 1\n"),
        ):
            text = (tree / file).read_text(encoding="utf-8")
            assert (line in text) == (state == "n"), f"{file}: {line}"
            text = text.replace(line, "") if state == "n" else text + line
            (tree / file).write_text(text, encoding="utf-8")
    return Target(kernel.release, tree, environment=kernel.environment)


def made(facts: Facts, out: Path, by_kbuild: bool) -> Path:
    """Return the module of the proof, made either way."""
    out.mkdir()
    source = out / "proof.c"
    source.write_text(PROOF, encoding="utf-8")
    if by_kbuild:
        build_module(facts, source, include=[], labels={})
    else:
        compile_object(facts, source, include=[], labels={})
        link_module(facts, source.with_suffix(".o"))
    return source.with_suffix(".ko")


def agree(facts: Facts, out: Path) -> Path:
    """Make the proof in both ways, which have to give the same; return the direct one."""
    ours, theirs = made(facts, out / "ours", False), made(facts, out / "theirs", True)
    expected, found = loaded(theirs), loaded(ours)
    assert list(found) == list(expected)
    for name in expected.keys() - {".note.gnu.build-id", ".BTF"}:
        assert found[name] == expected[name], name
    return ours


VARIANTS = {
    "no versions": {"MODVERSIONS": "n"},
    "no mitigations": {"RETPOLINE": "n", "RETHUNK": "n", "SLS": "n"},
    "no objtool": {"OBJTOOL": "n", "UNWINDER_ORC": "n", "UNWINDER_FRAME_POINTER": "y", "FRAME_POINTER": "y"},
    "no unloading": {"MODULE_UNLOAD": "n"},
    "all versions of sources": {"MODULE_SRCVERSION_ALL": "y"},
    "no debug information": {"DEBUG_INFO": "n"},
}


@pytest.mark.parametrize(
    "variant",
    [name if name == "no versions" else pytest.param(name, marks=pytest.mark.matrix) for name in VARIANTS],
)
def test_another_configuration(any_kernel: Target, tmp_path: Path, variant: str) -> None:
    """Flags, tables and tools follow the configuration, whatever is on or off."""
    target = altered(any_kernel, tmp_path / "tree", **VARIANTS[variant])
    facts = load_facts(target, tmp_path / "cache", progress=lambda _: None)
    parts = loaded(agree(facts, tmp_path))
    assert ("__versions" in parts) == (variant != "no versions")
    assert (".orc_unwind" in parts) == (variant != "no objtool")
    assert ("objtool" in facts.recipe.compile) == (variant != "no objtool")
    assert (b"retpoline=Y" in parts[".modinfo"].data) == (variant != "no mitigations")


@pytest.mark.parametrize("with_types", [pytest.param(True, marks=pytest.mark.matrix), False])
def test_type_information_is_there_or_not(tmp_path: Path, with_types: bool) -> None:
    """Without the kernel's vmlinux beside its headers no module gets type information."""
    kernel = find_target("6.12-cloud", progress=lambda _: None)
    target = altered(kernel, tmp_path / "tree")
    if not with_types:
        (target.tree / "vmlinux").unlink()
    facts = load_facts(target, tmp_path / "cache", progress=lambda _: None)
    assert bool(facts.recipe.btf) == with_types
    assert (b"\0.BTF\0" in agree(facts, tmp_path).read_bytes()) == with_types
