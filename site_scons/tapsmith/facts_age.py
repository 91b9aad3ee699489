"""The age of facts: those unused for a while go, since each revision of a kernel leaves some 60 MB."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

_DAY_S = 24 * 3600.0
UNUSED_S = 30 * _DAY_S
"""Seconds after which facts that no build has used are removed."""


def mark_used(directory: Path) -> None:
    """Note that the facts in `directory` are in use; a cache that cannot be written does not matter."""
    with suppress(OSError):
        if time.time() - directory.stat().st_mtime > _DAY_S:
            os.utime(directory)


def prune(root: Path) -> None:
    """Remove what has been unused for long below `root`, of any format, and what a killed process left."""
    for directory in root.glob("*/*/*"):
        with suppress(OSError):
            age = time.time() - directory.stat().st_mtime
            if age > (_DAY_S if directory.name.startswith(".") else UNUSED_S):
                # Whole or absent, for whoever looks meanwhile.
                aside = directory.with_name(f".part-{secrets.token_hex(8)}")
                directory.rename(aside)
                shutil.rmtree(aside)
