"""The kernels of `KERNEL=`: each with its facts, or with why it cannot be built for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.facts import KernelTree, load_facts
from tapsmith.identity import identify
from tapsmith.kernel import find_target, find_target_here, kernels_here
from tapsmith.kernelcache import cache_dir
from tapsmith.parallel import each
from tapsmith.selection import select


@dataclass(frozen=True)
class Chosen:
    """A kernel to build for: `facts`, or the `error` for which there are none."""

    name: str
    facts: KernelTree | None = None
    error: TapsmithError | None = None

    @property
    def directory(self) -> str:
        """The name of the directory of its modules, below the build directory."""
        return self.facts.target.release if self.facts else re.sub(r"[^\w.+-]+", "_", self.name)

    def require_facts(self) -> KernelTree:
        """Return the facts, where a run only looks perhaps fewer; TapsmithError with why there are none."""
        if self.error:
            raise self.error
        assert self.facts
        return self.facts


def choose_kernels(
    names: Sequence[str], say: Callable[[str], None], only_looks: bool = False
) -> tuple[Chosen, ...]:
    """Return the kernels that `names` mean; none at all means the default one.

    For a run that `only_looks` nothing is fetched, found out or written.

    One that cannot be used stops no other.  If it is the only one, the reason is raised; so is
    `no-kernel-matches`, and `kernel-twice` for two trees of one release.
    """
    selected: Iterable[str | None] = select(names, kernels_here(cache_dir())) if names else [None]
    if only_looks:
        found = [_peek(name, say) for name in selected]
    else:
        found = each(lambda name: _load(name, say), selected)
    if len(found) == 1 and found[0].error:
        raise found[0].error
    return distinct(found)


def _load(name: str | None, say: Callable[[str], None]) -> Chosen:
    try:
        return Chosen(name or "", load_facts(find_target(name, progress=say), cache_dir(), progress=say))
    except TapsmithError as error:
        return Chosen(name or "", error=error)


def _peek(name: str | None, say: Callable[[str], None]) -> Chosen:
    """Return a kernel that is here already."""
    try:
        target = find_target_here(name, progress=say)
        return Chosen(name or "", KernelTree(target, identify(target, cache_dir(), keep=False)))
    except TapsmithError as error:
        return Chosen(name or "", error=error)


def distinct(found: Iterable[Chosen]) -> tuple[Chosen, ...]:
    """Leave out what is there under another name; raise `kernel-twice` for two trees of one release."""
    kept: dict[str, Chosen] = {}
    for kernel in found:
        other = kept.setdefault(kernel.directory, kernel)
        if other.facts and kernel.facts and other.facts.target.tree != kernel.facts.target.tree:
            trees = f"{other.facts.target.tree} and {kernel.facts.target.tree}"
            mend = "build for one of them, then for the other, with another PROBE_BUILD_DIR"
            raise fail("kernel-twice", f"{trees} are both trees of {kernel.directory}", mend=mend)
    return tuple(kept.values())
