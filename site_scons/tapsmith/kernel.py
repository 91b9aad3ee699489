"""Targets: the kernel trees that modules are built for.

A *target* is a kernel's build directory (its headers), with the bootable
image where one is known and the additions to the environment that its tools
need.  `KERNEL=` names it by a path, a full release or a short name such as
`6.12-cloud`; without a name it is the running kernel, else the newest with
headers on the system, else Debian's own cloud kernel from the cache.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.kernelcache import architecture, cache_dir, find, installed, newest, release_key, short_name
from tapsmith.network import is_offline, offline

FALLBACK = "6.1-cloud"
"""The kernel that is fetched where a machine has no headers at all."""

_RELEASE = re.compile(r'UTS_RELEASE "([^"]+)"')
_OPTION = re.compile(r"^CONFIG_(\w+)=(.*)$", re.MULTILINE)
_COMPILER = re.compile(r'^CONFIG_CC_VERSION_TEXT="(?:.*\b(?=clang version))?(\S+)', re.MULTILINE)

# What make, kbuild, gcc or ld would take from their caller: it would change modules, and be kept in facts.
_NOT_TAKEN = re.compile(
    r"(K?(A|C|CPP|LD|RUST)FLAGS\w*|KBUILD_\w+|MAKE\w*|MFLAGS|ARCH|CROSS_COMPILE|LLVM\w*|[CKMOVW]"
    r"|CPATH|C_INCLUDE_PATH|COMPILER_PATH|LIBRARY_PATH|GCC_EXEC_PREFIX|SOURCE_DATE_EPOCH|LDEMULATION)"
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """A kernel to build for: its release, build directory, image and tools' environment."""

    release: str
    tree: Path
    image: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def require_image(self) -> Path:
        """Return the bootable image; raise `no-image` where there is none."""
        if self.image is None:
            raise fail(
                "no-image",
                f"there is no bootable image of kernel {self.release}",
                mend="name one of Debian's kernels, such as 6.12-cloud",
            )
        return self.image

    def config(self) -> dict[str, str]:
        """Return the options that are set, without `CONFIG_`: `y`, `m`, a number or a string."""
        return dict(_OPTION.findall(_read(self.tree / ".config")))

    def compiler(self) -> str:
        """Return the name of the compiler that the kernel was built with."""
        found = _COMPILER.search(_read(self.tree / ".config"))
        return self.tool(found[1] if found else "gcc")

    def tool(self, name: str) -> str:
        """Return the name of a tool of this kernel's architecture, such as the assembler."""
        prefix = self.environment.get("CROSS_COMPILE", "")
        return prefix + name.removeprefix(prefix)

    def variables(self) -> dict[str, str]:
        """Return the environment for this kernel's tools, in the C locale, without what changes modules."""
        ours = {name: value for name, value in os.environ.items() if not _NOT_TAKEN.fullmatch(name)}
        return {**ours, **self.environment, "LC_ALL": "C"}


def package_of(compiler: str) -> str:
    """Return the Debian package that brings a compiler, which may carry its machine's prefix."""
    own = compiler.removeprefix("x86_64-linux-gnu-")
    foreign = re.fullmatch(r"(\w+-linux-gnu)-(.+)", own)
    return f"{foreign[2]}-{foreign[1]}" if foreign else own


def target_from_tree(tree: Path) -> Target:
    """Return the target of a kernel build directory.

    Raises `no-kernel-tree` where there is none, `kernel-not-configured` where
    the tree has never been configured or prepared.
    """
    tree = tree.resolve()
    if not (tree / "Makefile").is_file():
        raise fail(
            "no-kernel-tree",
            f"{tree} is no kernel build directory: it has no Makefile",
            mend="give the directory that /lib/modules/<release>/build points to",
        )
    for part in (
        ".config",
        "include/generated/autoconf.h",
        "include/generated/utsrelease.h",
        "Module.symvers",
    ):
        if not (tree / part).is_file():
            raise fail(
                "kernel-not-configured",
                f"the kernel tree {tree} is not configured: it has no {part}",
                mend="run `make olddefconfig modules_prepare` there, or use a distribution's headers",
            )
    found = _RELEASE.search(_read(tree / "include/generated/utsrelease.h"))
    if not found:
        raise fail("kernel-not-configured", f"{tree}/include/generated/utsrelease.h names no release")
    return Target(found[1], tree)


def find_target(name: str | None, *, progress: Progress, image: bool = False) -> Target:
    """Return the target called `name`, fetching it from Debian's packages if it is not here.

    `image` asks for the bootable image, too: it comes from the cache, paired
    with its headers.  Raises what `target_from_tree` and `debian.fetch` raise.
    """
    if name and "/" in name:
        return target_from_tree(Path(name))
    trees = installed_trees()
    name = name or default_name(trees, image=image)
    release = newest(trees, name, architecture(name)) or name
    if release in trees and not image:
        return target_from_tree(trees[release])
    cached = find(cache_dir(), name, architecture(name))
    if not cached or (image and not cached.image):
        # Here, since few runs fetch, and its import takes a while.
        from tapsmith import debian

        cached = debian.fetch(name, image=image, progress=progress)
    found = target_from_tree(cached.headers)
    return Target(found.release, found.tree, cached.image, cached.environment())


def find_target_here(name: str | None, *, progress: Progress) -> Target:
    """Return the target called `name` without fetching anything; `not-cached` where it is not here."""
    asked_for = is_offline()
    try:
        with offline(True):
            return find_target(name, progress=progress)
    except TapsmithError as error:
        if asked_for or error.codes != ("not-cached",):
            raise
    called = name or FALLBACK
    message = f"kernel {called} is not in the cache, and nothing is fetched for what builds nothing"
    mend = f"build for it, or bring it by `tapsmith fetch-kernel {called}`"
    raise fail("not-cached", message, mend=mend)


def default_name(trees: Mapping[str, Path], *, image: bool = False) -> str:
    """Return the running kernel's release, else the newest with headers, else the fallback.

    Only Debian's own kernels have an image to fetch.
    """
    named = [release for release in trees if not image or short_name(release)]
    return (
        platform.release() if platform.release() in named else max(named, key=release_key, default=FALLBACK)
    )


def kernels_here(cache: Path) -> tuple[str, ...]:
    """Return the releases of all kernels that need no fetching: on the system, and in the cache."""
    cached = (kernel.release for kernel in installed(cache))
    return tuple(sorted({*installed_trees(), *cached}, key=release_key))


def installed_trees() -> dict[str, Path]:
    """Return the trees with headers that the system has, by release."""
    builds = Path("/lib/modules").glob("*/build")
    return {build.parent.name: build for build in builds if (build / "Makefile").is_file()}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
