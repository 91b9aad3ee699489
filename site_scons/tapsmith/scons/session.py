"""What one run of scons reads once: the library, the kernels, and what was built."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import find_target
from tapsmith.kernelcache import cache_dir
from tapsmith.library import Library
from tapsmith.resolution import Resolution


@dataclass
class Built:
    """A module of this run: its node, what is in it, and the seconds its steps took."""

    resolution: Resolution
    module: Any
    seconds: dict[str, float] = field(default_factory=dict)


class Session:
    """The state that the nodes of one run share.  Clones of an environment share it, too."""

    def __init__(self) -> None:
        self.built: list[Built] = []
        self._libraries: dict[tuple[Path, ...], Library] = {}
        self._facts: dict[str | None, Facts] = {}

    def library(self, roots: Sequence[Path]) -> Library:
        """Return the fragments below `roots`, read once."""
        key = tuple(roots)
        if key not in self._libraries:
            self._libraries[key] = Library.load(key)
        return self._libraries[key]

    def facts(self, name: str | None) -> Facts:
        """Return the facts of the kernel called `name`, found once."""
        if name not in self._facts:
            target = find_target(name, progress=say)
            self._facts[name] = load_facts(target, cache_dir(), progress=say)
        return self._facts[name]


def say(message: str) -> None:
    print(f"tapsmith: {message}", file=sys.stderr, flush=True)
