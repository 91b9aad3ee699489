"""A kernel whose configuration says clang: its modules are compiled by clang, as its kbuild does it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from debian_packages import unpacked
from tapsmith.facts import load_facts
from tapsmith.kernel import Target
from tapsmith.kernelcache import cache_dir
from test_variants import agree, altered

# clang itself first; then its headers, and the libraries that a small system lacks.
_PACKAGES = (
    "clang-14", "libclang-common-14-dev", "libclang-cpp14", "libllvm14", "libedit2", "libtinfo6", "libxml2",
    "libz3-4", "libbsd0", "libicu72", "libmd0", "libffi8", "liblzma5", "zlib1g",
)  # fmt: skip
# Debian's kernels are built by gcc; clang 14 has neither of these mitigations nor gcc's way to trace.
_OPTIONS = {
    "CC_IS_GCC": "n",
    "CC_IS_CLANG": "y",
    "RETHUNK": "n",
    "SLS": "n",
    "INIT_STACK_ALL_ZERO": "n",
    "FTRACE_MCOUNT_USE_CC": "n",
    "FTRACE_MCOUNT_USE_OBJTOOL": "y",
}
_VALUES = (
    (r"(CONFIG_CC_VERSION_TEXT)=.*", r'\1="Debian clang version 14.0.6"'),
    (r"(CONFIG_CLANG_VERSION[= ])0$", r"\g<1>140006"),
    (r"(CONFIG_GCC_VERSION[= ])\d+$", r"\g<1>0"),
    (r"-Wimplicit-fallthrough=5", "-Wimplicit-fallthrough"),
)


@pytest.fixture
def clang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command clang, from Debian's packages."""
    home = unpacked(cache_dir(), "clang", _PACKAGES)
    libraries = ":".join(str(home / part / "x86_64-linux-gnu") for part in ("usr/lib", "lib"))
    command = tmp_path / "bin/clang"
    command.parent.mkdir()
    text = f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {home}/usr/lib/llvm-14/bin/clang "$@"\n'
    command.write_text(text, encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(command.parent), prepend=":")


@pytest.mark.matrix
@pytest.mark.usefixtures("clang")
def test_a_kernel_built_by_clang(any_kernel: Target, tmp_path: Path) -> None:
    """The captured commands are clang's, and make what kbuild makes; no header is precompiled."""
    target = altered(any_kernel, tmp_path / "tree", **_OPTIONS)
    for file in (".config", "include/config/auto.conf", "include/generated/autoconf.h"):
        text = (target.tree / file).read_text(encoding="utf-8")
        for pattern, value in _VALUES:
            text = re.sub(pattern, value, text, flags=re.MULTILINE)
        (target.tree / file).write_text(text, encoding="utf-8")
    variables = target.tree / ".kernelvariables"
    variables.write_text(variables.read_text(encoding="utf-8").replace("gcc-12", "clang"), encoding="utf-8")
    assert target.compiler() == "clang"
    facts = load_facts(target, tmp_path / "cache", progress=lambda _: None)
    assert facts.recipe.compile.startswith("clang ")
    assert facts.precompiled.refusal == "the kernel's compiler is not gcc"
    agree(facts, tmp_path)
