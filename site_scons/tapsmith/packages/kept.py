"""What a server said of a file, kept: the file's bytes, and a last line on how they can be asked for anew.

One file, so that both change by one rename; the bytes come first, so that a
line of a text keeps its number.  What has been damaged counts as not here.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

_MARK = b"\n#kept "
_LONGEST_LINE = 4096


@dataclass(frozen=True)
class Kept:
    """An answer: the bytes, or None where there was no such file; `etag` and `modified` as it said them."""

    body: bytes | None
    etag: str = ""
    modified: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body or b"").hexdigest()


def load(path: Path) -> Kept | None:
    """Return what is kept at a path; None if that is nothing, or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    at = data.rfind(_MARK, max(0, len(data) - _LONGEST_LINE))
    if at < 0:
        return None
    try:
        told = json.loads(data[at + len(_MARK) :])
        body = data[:at]
        if told["sha256"] != hashlib.sha256(body).hexdigest():
            return None
        return Kept(body if told["is_there"] else None, told["etag"], told["modified"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def save(path: Path, kept: Kept) -> None:
    """Keep an answer at a path, by one rename; OSError as the system says, and then nothing is left of it."""
    told = {"is_there": kept.body is not None, "etag": kept.etag, "modified": kept.modified}
    line = json.dumps(told | {"sha256": kept.sha256}).encode() + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".draft-{secrets.token_hex(8)}")
    try:
        draft.write_bytes((kept.body or b"") + _MARK + line)
        os.rename(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
