"""Where the fragments lie that are shipped with tapsmith."""

from __future__ import annotations

from pathlib import Path


def shipped_root() -> Path:
    """Return the directory that holds the shipped manifests/ and fragments/.

    In an installed wheel that is `share` inside the package, in a checkout
    the top of the repository.
    """
    package = Path(__file__).resolve().parent
    share = package / "share"
    return share if share.is_dir() else package.parents[1]
