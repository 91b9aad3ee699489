"""The identity of a kernel tree and its toolchain: one hash that stands for all headers.

Thousands of headers are never scanned.  What tells two trees apart is the
package revision, the configuration, what kbuild generated, the symbol
versions, and the tools.  (A release such as `6.1.0-56` alone does not: a new
package revision keeps it.)
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tapsmith import atomic
from tapsmith.diagnostics import fail
from tapsmith.kernel import Target, package_of

_PARTS = (
    ".config",
    "Module.symvers",
    "vmlinux",
    "Makefile",
    ".kernelvariables",
    "tools/objtool/objtool",
    "tools/bpf/resolve_btfids/resolve_btfids",
    "scripts/mod/modpost",
    "scripts/module.lds",
    "arch/arm64/module.lds",
    "arch/x86/module.lds",
)
_GENERATED = ("include/generated", "arch/*/include/generated")


def identify(target: Target, cache: Path, *, keep: bool = True) -> str:
    """Return the SHA-256 (hex) of all that a module built for `target` depends on.

    Contents are read only where size, time or inode of a part changed since
    the last call: that outcome is kept below `cache`, unless `keep` is false.  Raises
    `compiler-missing` if the kernel's compiler is not installed.
    """
    files = [*_tree_files(target.tree), *_tools(target)]
    stamp = hashlib.sha256()
    for file in files:
        stat = file.stat()
        stamp.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}\n".encode())
    memo = cache / "identity" / stamp.hexdigest()
    if memo.is_file():
        return memo.read_text(encoding="ascii")
    identity = _hash(target, files)
    if keep:
        atomic.write_text(memo, identity)
    return identity


def _hash(target: Target, files: list[Path]) -> str:
    total = hashlib.sha256(target.release.encode())
    for file in files:
        # A tool counts by its name, a part of the tree by its place in the tree:
        # so the same tree at another path is the same tree.
        name = file.relative_to(target.tree) if file.is_relative_to(target.tree) else file.name
        content = file.read_bytes() if name != Path("Makefile") else b""
        total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _tree_files(tree: Path) -> list[Path]:
    parts = [tree / part for part in _PARTS]
    for pattern in _GENERATED:
        for directory in sorted(tree.glob(pattern)):
            parts += sorted(directory.rglob("*.h"))
    return [part for part in parts if part.is_file()]


def _tools(target: Target) -> list[Path]:
    search = target.variables().get("PATH")
    compiler = target.compiler()
    found = shutil.which(compiler, path=search)
    if not found:
        raise fail(
            "compiler-missing",
            f"the compiler of kernel {target.release}, {compiler}, is not installed",
            mend=f"install it: apt-get install {package_of(compiler)}",
        )
    names = (target.tool("as"), target.tool("ld"), "make", "pahole")
    others = (shutil.which(tool, path=search) for tool in names)
    return [Path(tool).resolve() for tool in (found, *others) if tool]
