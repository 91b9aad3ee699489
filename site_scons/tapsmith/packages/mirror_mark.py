"""`.mirror`: what a directory is a mirror of, so that no other registry is ever put over it."""

from __future__ import annotations

import json
from pathlib import Path

from tapsmith import atomic
from tapsmith.diagnostics import Place, fail
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_lock import DRAFTS, LOCK_FILE

_MARK = ".mirror"


def check_same(directory: Path, source: Registry) -> None:
    """Refuse a directory that is neither new nor a mirror of a registry; TapsmithError: `exists`."""
    try:
        known = json.loads((directory / _MARK).read_bytes())["of"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        known = None
    if known is None:
        if directory.exists() and (not directory.is_dir() or _others(directory)):
            message = f"{directory} is there already, and `tapsmith mirror` did not make it"
            raise fail("exists", message, Place(directory), "name another directory")
    elif known != source.where:
        message = f"{directory} is a mirror of {known}, not of {source.where}"
        mend = f"name another directory, or, if the registry has moved, correct {_MARK} in it"
        raise fail("exists", message, Place(directory / _MARK), mend)


def mark(directory: Path, source: Registry) -> None:
    """Write what a directory is a mirror of, before anything else; OSError as the system says."""
    check_same(directory, source)
    text = json.dumps({"of": source.where}) + "\n"
    if not (directory / _MARK).is_file():
        atomic.write_durably(directory / _MARK, text.encode(), directory / DRAFTS)


def _others(directory: Path) -> bool:
    return any(path.name not in (LOCK_FILE, DRAFTS) for path in directory.iterdir())
