"""The identity of a kernel tree and its toolchain: one hash that stands for all headers.

Thousands of headers are never scanned.  What tells two trees apart is the
package revision, the configuration, what kbuild generated, the symbol
versions, and the tools.  (A release such as `6.1.0-56` alone does not: a new
package revision keeps it.)
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
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
_PLUGINS = "scripts/gcc-plugins/*.so"
_PROGRAMS = ("cc1", "as", "ld")
"""What a compiler is but a driver of; it may have its own."""


def identify(target: Target, cache: Path, *, keep: bool = True) -> str:
    """Return the SHA-256 (hex) of all that a module built for `target` depends on.

    Contents are read only where size, time or inode of a part changed since
    the last call: that outcome is kept below `cache`, unless `keep` is false.  Raises
    `compiler-missing` if the kernel's compiler is not installed.
    """
    files = [*_tree_files(target.tree), *_tools(target, cache / "identity" if keep else None)]
    memo = cache / "identity" / _stamp(files)
    if memo.is_file():
        return memo.read_text(encoding="ascii")
    identity = _hash(target, files)
    if keep:
        atomic.write_text(memo, identity)
    return identity


def _stamp(files: Iterable[Path]) -> str:
    """Return what tells whether files have changed, without reading them."""
    stamp = hashlib.sha256()
    for file in files:
        stat = file.stat()
        stamp.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}\n".encode())
    return stamp.hexdigest()


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
    parts += sorted(tree.glob(_PLUGINS))
    return [part for part in parts if part.is_file()]


def _tools(target: Target, memos: Path | None) -> list[Path]:
    search = target.variables().get("PATH")
    compiler = target.compiler()
    found = shutil.which(compiler, path=search)
    if not found:
        raise fail(
            "compiler-missing",
            f"the compiler of kernel {target.release}, {compiler}, is not installed",
            mend=f"install it: apt-get install {package_of(compiler)}",
        )
    names = (target.tool("as"), target.tool("ld"), target.tool("objcopy"), "make", "pahole")
    others = (shutil.which(tool, path=search) for tool in names)
    tools = [Path(tool).resolve() for tool in (found, *others) if tool]
    return list(dict.fromkeys([*tools, *_programs(target, tools[0], memos)]))


def _programs(target: Target, driver: Path, memos: Path | None) -> list[Path]:
    """Return the programs that a compiler runs, as it says; asked once for each state of the driver."""
    memo = memos / f"programs-{_stamp([driver])}" if memos else None
    if memo and memo.is_file():
        said = memo.read_text(encoding="utf-8")
    else:
        said = "\n".join(_ask(target, driver, program) for program in _PROGRAMS)
        if memo:
            atomic.write_text(memo, said)
    # A bare name, such as `as`, is looked for as the compiler does it; clang has no cc1 but itself.
    search = target.variables().get("PATH")
    found = (shutil.which(name, path=search) for name in said.split("\n") if name)
    return [Path(program).resolve() for program in found if program]


def _ask(target: Target, driver: Path, program: str) -> str:
    command = [str(driver), f"-print-prog-name={program}"]
    try:
        done = subprocess.run(command, env=target.variables(), capture_output=True, text=True, check=False)
    except OSError:
        # What cannot be run does not compile either; that is told with the compile.
        return ""
    return done.stdout.strip()
