"""The kernels there are to build for: Debian's, the system's and those in the cache, and what each lacks.

What is told is what lies here; nothing is fetched, and no list of packages is read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tapsmith.diagnostics import TapsmithError
from tapsmith.kernel import Target, default_name, installed_trees, package_of, target_from_tree
from tapsmith.kernelcache import CachedKernel, architecture, installed, newest, release_key, told_name

DEBIAN = ("6.1", "6.1-cloud", "6.1-rt", "6.12", "6.12-cloud", "6.12-rt")
"""The kernels of Debian 12 for this machine's architecture: 6.1 is its own, 6.12 from its backports."""


@dataclass(frozen=True)
class Kernel:
    """A kernel, and what of it is here.

    `where` its headers are: `system`, `cache`, or nothing.  `compiler` is the one it was built with,
    if the headers tell; `btf` tells whether they hold the kernel's types.  `problem` is why headers
    that are here cannot be used.
    """

    name: str
    release: str | None = None
    where: str | None = None
    tree: Path | None = None
    image: Path | None = None
    compiler: str | None = None
    has_compiler: bool = False
    btf: bool = False
    is_default: bool = False
    problem: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not here of headers, image and compiler."""
        lacks = {
            "headers": not self.tree,
            "image": not self.image,
            "compiler": bool(self.compiler) and not self.has_compiler,
        }
        return tuple(part for part, lacking in lacks.items() if lacking)

    @property
    def mend(self) -> str | None:
        """What brings what is missing, if anything is."""
        missing = self.missing
        fetched = [f"tapsmith fetch-kernel {self.name}"] if {"headers", "image"} & set(missing) else []
        if self.compiler and "compiler" in missing:
            fetched.append(f"apt-get install {package_of(self.compiler)}")
        return "; ".join(fetched) or None


def list_kernels(cache: Path) -> tuple[Kernel, ...]:
    """Return Debian's kernels, those of the system and those of `cache`, the oldest first."""
    trees, cached = installed_trees(), {kernel.release: kernel for kernel in installed(cache)}
    default = default_name(trees)
    names = [*DEBIAN, *sorted({*trees, *cached})]
    found: dict[str, Kernel] = {}
    for name in names:
        release = newest([*trees, *cached], name, architecture(name))
        if release and release not in found:
            is_default = release == newest([*trees, *cached], default, architecture(default))
            found[release] = _describe(release, trees, cached, is_default)
        elif not release:
            found[name] = Kernel(name, is_default=name == default)
    return tuple(sorted(found.values(), key=lambda kernel: release_key(kernel.release or kernel.name)))


def _describe(
    release: str, trees: Mapping[str, Path], cached: Mapping[str, CachedKernel], is_default: bool
) -> Kernel:
    kernel = cached.get(release)
    tree = trees[release] if release in trees else cached[release].headers
    where = "system" if release in trees else "cache"
    image = kernel.image if kernel else None
    name = _told(release, [*trees, *cached])
    try:
        found = target_from_tree(tree)
    except TapsmithError as error:
        problem = error.problems[0].message
        return Kernel(name, release, where, tree, image, is_default=is_default, problem=problem)
    environment = kernel.environment() if kernel and where == "cache" else {}
    target = Target(found.release, found.tree, image, environment)
    compiler = target.compiler()
    return Kernel(
        name=name,
        release=release,
        where=where,
        tree=target.tree,
        image=image,
        compiler=compiler,
        has_compiler=bool(shutil.which(compiler, path=target.variables().get("PATH", os.defpath))),
        btf=(target.tree / "vmlinux").is_file(),
        is_default=is_default,
    )


def _told(release: str, here: Iterable[str]) -> str:
    """Return the short name of a release, if it is the one that this name means."""
    name = told_name(release)
    return name if newest(here, name, architecture(name)) == release else release
