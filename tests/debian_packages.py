"""Programs from Debian 12's packages, unpacked in tapsmith's cache: nothing is installed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tapsmith.aptroot import AptRoot
from tapsmith.debian import LISTS_GOOD_FOR
from tapsmith.debs import unpack


def unpacked(cache: Path, name: str, packages: Sequence[str]) -> Path:
    """Return where `packages` lie unpacked, below `name` in the cache; fetch them if they do not.

    The directory is called by the version of the first of them.
    """
    here = cache / name
    found = next(here.glob("[!.]*"), None)
    if found:
        return found
    root = AptRoot(cache / "apt/amd64", "amd64")
    root.prepare()
    if root.age() > LISTS_GOOD_FOR:
        root.update()
    chosen = [root.show([package])[0] for package in packages]
    here.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=here, prefix=".draft-") as scratch:
        root.download(chosen, Path(scratch))
        for package in chosen:
            unpack(Path(scratch), package, Path(scratch) / "root")
        # A colon ends a directory in lists of them, such as LD_LIBRARY_PATH.
        home = here / chosen[0].version.replace(":", "_")
        os.rename(Path(scratch) / "root", home)
    return home
