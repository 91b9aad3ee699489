"""Modules as they are shipped: built, and signed where there is a key."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tapsmith.kernel import Target
from tapsmith.module_signing import SigningKey, check_kernel, sign_module


def signed_bytes(module: Path, target: Target, signing: SigningKey | None) -> bytes:
    """Return the module, with a signature if there is a key.  Raises what `module_signing` raises."""
    if not signing:
        return module.read_bytes()
    digest = check_kernel(target, target.config())
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        copy = Path(scratch) / module.name
        sign_module(signing, target, digest, module, copy)
        return copy.read_bytes()
