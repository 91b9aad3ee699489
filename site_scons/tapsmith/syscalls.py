"""The system calls of a kernel, read from its tree: which there are, and what function each enters by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

# CONFIG_<key> names the architecture; its system calls' functions are called <value><call>.
# x86 since 4.17, arm64 since 4.19, both in their asm/syscall_wrapper.h.
_PREFIXES = {"X86_64": "__x64_sys_", "ARM64": "__arm64_sys_"}

# The tables from which the kernel's own is made, relative to the tree or to the common one beside it.
_TABLES = {
    "X86_64": ("arch/x86/include/generated/asm/syscalls_64.h",),
    "ARM64": (
        "arch/arm64/include/generated/asm/syscall_table_64.h",
        "include/uapi/asm-generic/unistd.h",
    ),
}
_ENTRY = re.compile(r"^\s*__(?:SYSCALL|SC)\w*\(\w+,\s*(?:sys_\w+,\s*(?=sys_))?sys_(\w+)", re.MULTILINE)


def entry(call: str, config: Mapping[str, str]) -> str:
    """Return the function that `call` enters by, under a configuration (keys with or without CONFIG_)."""
    return _PREFIXES.get(_architecture(config), "sys_") + call


def system_calls(tree: Path, config: Mapping[str, str]) -> frozenset[str]:
    """Return the names, without `sys_`, of the system calls of 64-bit programs.

    None where the tree does not tell.
    """
    for table in _TABLES.get(_architecture(config), ()):
        for file in (tree / table, *sorted(tree.parent.glob(f"linux-headers-*-common*/{table}"))):
            if file.is_file():
                return frozenset(_ENTRY.findall(file.read_text(encoding="utf-8")))
    return frozenset()


def _architecture(config: Mapping[str, str]) -> str:
    return next((key for key in _PREFIXES if config.get(f"CONFIG_{key}", config.get(key)) == "y"), "")
