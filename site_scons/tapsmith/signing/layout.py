"""What lies where in a signed registry.

signed/timestamp.json               the newest of all; rewritten, everything else is new under a new name
signed/7.snapshot.json              the version of each of the files below
signed/2.targets.json               who signs the bins
signed/5.bin-2f.json                hashes of files: the bin of a file goes by the hash of its path
signed/1.root.json, 2.root.json     the keys, and each change of keys
signed/files/ab/abcd…               what a file of the registry was when it was signed, by its SHA-256
"""

from __future__ import annotations

from pathlib import Path

SIGNED = "signed"
TIMESTAMP = "timestamp.json"
BIN_PREFIX = "bin"
BIN_BITS = 6
"""64 bins: of 10,000 files one holds about 160, in 25 KB."""


def blob_path(sha256: str) -> str:
    """Return where the content of a signed file lies."""
    return f"{SIGNED}/files/{sha256[:2]}/{sha256}"


def is_signed(directory: Path) -> bool:
    """Tell whether a registry in a directory is signed, or was begun to be."""
    return (directory / SIGNED).is_dir()
