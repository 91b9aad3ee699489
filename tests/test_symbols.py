"""Probed symbols, looked up in what a kernel's tree tells."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from conftest import Project
from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts
from tapsmith.kbuild import Recipe
from tapsmith.kernel import Target
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution, resolve
from tapsmith.symbols import check_symbols
from tapsmith.syscalls import entry, system_calls

X86 = "arch/x86/include/generated/asm/syscalls_64.h"
GENERIC = "linux-headers-6.1-common/include/uapi/asm-generic/unistd.h"
MANIFEST = """\
name: {name}
version: 1.0.0
summary: A fragment
license: GPL-2.0
sources: [{name}.c]
"""
FILES = {
    f"tree/{X86}": "__SYSCALL(0, sys_read)\n__SYSCALL(2, sys_open)\n__SYSCALL_NORETURN(60, sys_exit)\n",
    f"tree/{X86}.note": "__SYSCALL(1, sys_not_read)\n",
    GENERIC: "__SC_COMP(__NR_openat, sys_openat, compat_sys_openat)\n"
    "#define __NR3264_lseek 62\n__SC_3264(__NR3264_lseek, sys_llseek, sys_lseek)\n",
    "tree/.config": "CONFIG_X86_64=y\n",
    "tree/Module.symvers": "0x1\tvfs_fsync\tvmlinux\tEXPORT_SYMBOL\t\n",
    "manifests/kprobes.yaml": MANIFEST.format(name="kprobes"),
    "manifests/syscall_names.yaml": MANIFEST.format(name="syscall_names"),
    "fragments/kprobes/kprobes.c": "",
    "fragments/syscall_names/syscall_names.c": "",
}


def facts(root: Path, functions: str = "") -> Facts:
    """Return facts of the small tree below `root`; `functions` are those its type information names."""
    (root / "functions").write_text(functions, encoding="ascii")
    recipe = Recipe(**{part.name: "" for part in dataclasses.fields(Recipe)})
    return Facts(Target("6.1", root / "tree"), "", recipe, root)


def probe(root: Path, symbol: str, *needs: str) -> Resolution:
    """Return a probe of `symbol`, an expression of C, that needs these fragments."""
    directory = root / "probes/p"
    directory.mkdir(parents=True)
    needed = ", ".join(f'{name}: "*"' for name in needs)
    (directory / "probe.yaml").write_text(
        f"name: p\nsummary: A probe\nneeds: {{{needed}}}\n", encoding="ascii"
    )
    (directory / "p.c").write_text(f"struct kprobe p = {{ .symbol_name = {symbol} }};\n", encoding="ascii")
    return resolve(load_probe(directory), Library.load([root]))


ACCEPTED = [
    ('"sys_read"', "syscall_names"),
    ('"sys_open"', "syscall_names"),
    ('_stp_syscall("exit")', "kprobes"),
    ('"__x64_sys_exit"', "kprobes"),
    ('"vfs_read"', "syscall_names"),
    ('"vfs_fsync"', "kprobes"),
    ('"sys_tz_changed"', "kprobes"),
]


@pytest.mark.parametrize(("symbol", "fragment"), ACCEPTED)
def test_what_the_kernel_has_is_accepted(project: Project, symbol: str, fragment: str) -> None:
    """Functions stand in the type information or are exported; system calls are in their table."""
    root = project(FILES)
    check_symbols(probe(root, symbol, fragment), facts(root, "vfs_read sys_tz_changed"))


REFUSED = [
    ('"sys_opne"', "syscall_names", "no system call `sys_opne`", "did you mean `sys_open`?"),
    ('_stp_syscall("reed")', "kprobes", "no system call `reed`", "did you mean `read`?"),
    ('"sys_open"', "kprobes", "no function `sys_open`", "add `syscall_names: ^1.0` to needs"),
    ('"vfs_raed"', "syscall_names", "no function `vfs_raed`", "did you mean `vfs_read`?"),
]


@pytest.mark.parametrize(("symbol", "fragment", "message", "mend"), REFUSED)
def test_what_it_has_not_is_refused(
    project: Project, symbol: str, fragment: str, message: str, mend: str
) -> None:
    """The refusal names the place and the nearest that there is, or the fragment that is missing."""
    root = project(FILES)
    with pytest.raises(TapsmithError) as caught:
        check_symbols(probe(root, symbol, fragment), facts(root, "vfs_read"))
    assert caught.value.codes == ("unknown-symbol",)
    assert message in str(caught.value)
    assert mend in str(caught.value)
    assert "p.c:1:" in str(caught.value)


def traced(root: Path, name: str) -> Resolution:
    """Return a probe with a handler on the tracepoint `name`."""
    resolution = probe(root, '""')
    source = resolution.probe.sources[0].path
    source.write_text(f'struct _stp_tracepoint t = {{ .name = "{name}" }};\n', encoding="ascii")
    return resolution


def test_tracepoints_are_known_by_the_functions_that_call_handlers(project: Project) -> None:
    """One that the kernel has is accepted, and every one where there is no type information."""
    root = project(FILES)
    resolution = traced(root, "sched_switch")
    check_symbols(resolution, facts(root, "__traceiter_sched_switch"))
    check_symbols(resolution, facts(root))


def test_a_tracepoint_that_the_kernel_has_not_is_refused(project: Project) -> None:
    """The nearest is suggested; a function of the same name does not count."""
    root = project(FILES)
    with pytest.raises(TapsmithError) as caught:
        check_symbols(traced(root, "sched_swich"), facts(root, "sched_swich __traceiter_sched_switch"))
    assert caught.value.codes == ("unknown-symbol",)
    assert "kernel 6.1 has no tracepoint `sched_swich`" in str(caught.value)
    assert "did you mean `sched_switch`?" in str(caught.value)
    assert "p.c:1:38" in str(caught.value)


def test_system_calls_are_checked_without_type_information(project: Project) -> None:
    """The table is in every tree."""
    root = project(FILES)
    with pytest.raises(TapsmithError):
        check_symbols(probe(root, '"sys_opne"', "syscall_names"), facts(root))


def test_functions_are_not_checked_without_type_information(project: Project) -> None:
    """Then only the kernel itself knows."""
    root = project(FILES)
    check_symbols(probe(root, '"no_function"', "kprobes"), facts(root))


def test_system_calls_of_both_architectures(project: Project) -> None:
    """x86-64 has its table in the tree, arm64 the common one, where 64-bit entries come last."""
    tree = project(FILES) / "tree"
    assert system_calls(tree, {"X86_64": "y"}) == {"read", "open", "exit"}
    assert system_calls(tree, {"ARM64": "y"}) == {"openat", "lseek"}
    assert system_calls(tree, {"S390": "y"}) == frozenset()


@pytest.mark.parametrize(
    ("config", "symbol"),
    [
        ({"X86_64": "y"}, "__x64_sys_openat"),
        ({"CONFIG_X86_64": "y"}, "__x64_sys_openat"),
        ({"ARM64": "y"}, "__arm64_sys_openat"),
        ({}, "sys_openat"),
    ],
)
def test_a_system_call_enters_by_the_name_of_its_architecture(config: dict[str, str], symbol: str) -> None:
    """The prefix is the machine's."""
    assert entry("openat", config) == symbol
