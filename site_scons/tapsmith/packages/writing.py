"""What the system refuses to write, told as a problem."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tapsmith.diagnostics import Place, fail


@contextmanager
def told(directory: Path) -> Iterator[None]:
    """Turn what the system refuses below a directory into a TapsmithError: `cannot-write`."""
    try:
        yield
    except OSError as error:
        message = f"cannot write {directory}: {error.strerror}"
        mend = "see who may write there, and whether the disk is full; then do it again"
        raise fail("cannot-write", message, Place(Path(error.filename or directory)), mend) from None
