"""Files that are whole or absent, also where two processes write the same one, or one is killed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` by one rename, and make the directories it needs; OSError as the system says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(draft, path)
