"""What `ProbeModule` asks for: a module of a directory's probe, of fragments from some roots."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Wanted:
    """A probe's directory, the roots of fragments, whether its lock counts, and whether it has to hold."""

    directory: Path
    roots: tuple[Path, ...]
    locks: bool
    frozen: bool

    @property
    def key(self) -> str:
        """A text that tells it from all others."""
        flags = f"{'locked' * self.locks} {'frozen' * self.frozen}"
        return os.pathsep.join((str(self.directory), *map(str, self.roots), flags))
