"""Files that are whole or absent, also where two processes write the same one, or one is killed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` by one rename, and make the directories it needs; OSError as the system says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, text)
    # A draft is its maker's alone; what is written is for whoever may read the directory.
    draft.chmod(0o644)
    os.rename(draft, path)


def rewrite_text(path: Path, text: str) -> None:
    """Replace the text of a file that is there, by one rename; its mode, and a link to it, stay."""
    real = path.resolve()
    draft = _draft(real, text)
    shutil.copymode(real, draft)
    os.rename(draft, real)


def write_new(root: Path, files: Mapping[str, str]) -> None:
    """Write new files below `root`, all or none; OSError as the system says, also where one is there.

    A directory that this makes is taken away again where it fails.
    """
    with ExitStack() as undo:
        for name, text in files.items():
            path = root / name
            for directory in reversed([d for d in path.parents if not d.exists()]):
                directory.mkdir()
                undo.callback(directory.rmdir)
            with path.open("x", encoding="utf-8", newline="") as file:
                undo.callback(path.unlink)
                file.write(text)
        undo.pop_all()


def _draft(path: Path, text: str) -> Path:
    # Not by tempfile, which makes files that nobody else may read.
    draft = path.with_name(f".draft-{secrets.token_hex(8)}")
    try:
        with draft.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def write_durably(path: Path, data: bytes, drafts: Path) -> None:
    """Write `data` to `path` by one rename; once this returns, it survives a loss of power.

    `drafts` is a directory on the same file system, for what is not whole yet.
    Makes the directories it needs; OSError as the system says.
    """
    for directory in (drafts, path.parent):
        _make_durably(directory)
    _write(path, data, drafts, os.fsync)
    _sync(path.parent)


def write_bytes(path: Path, data: bytes, drafts: Path) -> None:
    """Do the same without waiting for the disk, where who reads checks what has come of it."""
    for directory in (drafts, path.parent):
        directory.mkdir(parents=True, exist_ok=True)
    _write(path, data, drafts, lambda descriptor: None)


def _write(path: Path, data: bytes, drafts: Path, sync: Callable[[int], None]) -> None:
    draft = drafts / secrets.token_hex(8)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            file.write(data)
            file.flush()
            os.chmod(draft, 0o644)
            sync(file.fileno())
    except OSError:
        # The disk may be full: half a file must not make that worse.
        draft.unlink(missing_ok=True)
        raise
    os.rename(draft, path)


def _make_durably(directory: Path) -> None:
    """Make a directory and those above it, each entry on the disk before the next."""
    if directory.is_dir():
        return
    _make_durably(directory.parent)
    with suppress(FileExistsError):
        os.mkdir(directory)
    _sync(directory.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
