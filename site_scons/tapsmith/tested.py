"""What came of trying a module in a guest, remembered beside it, for just the bytes that were tried."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tapsmith import atomic


def remember(module: Path, passed: bool) -> None:
    """Note that a module was tried, and whether its workload ended well."""
    atomic.write_text(_note(module), f"{_digest(module)} {'passed' if passed else 'failed'}\n")


def recall(module: Path) -> bool | None:
    """Return whether the module as it is now passed when it was tried; None if it was not."""
    try:
        digest, word = _note(module).read_text(encoding="ascii").split()
        return word == "passed" if digest == _digest(module) else None
    except (OSError, ValueError):
        return None


def _note(module: Path) -> Path:
    return module.with_name(f"{module.name}.tested")


def _digest(module: Path) -> str:
    return hashlib.sha256(module.read_bytes()).hexdigest()
