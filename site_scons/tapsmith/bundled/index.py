"""The index of a bundle: which modules it holds, with the SHA-256 of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tapsmith.diagnostics import TapsmithError, fail

FILE = "bundle.json"
"""Where it is in a bundle."""

_FORMAT = 1


@dataclass(frozen=True)
class Held:
    """A module that a bundle holds: for which kernel, in which file; `sbom` is empty where there is none."""

    release: str
    vermagic: str
    file: str
    sha256: str
    signer: str
    sbom: str


@dataclass(frozen=True)
class Index:
    """What a bundle is of, and what it holds, in order of releases."""

    probe: str
    version: str
    summary: str
    modules: Sequence[Held]

    def choose(self, release: str) -> Held:
        """Return the module for a kernel.  Raises TapsmithError: no-module-for-kernel."""
        found = [held for held in self.modules if held.release == release]
        if found:
            return found[0]
        has = ", ".join(held.release for held in self.modules)
        raise fail(
            "no-module-for-kernel",
            f"this bundle of `{self.probe}` holds no module for the running kernel, {release}",
            mend=f"it has {has}; have it made anew with `--kernel {release}` among them",
        )


def write_index(index: Index) -> str:
    """Return the text of an index."""
    return json.dumps({"format": _FORMAT, **asdict(index)}, indent=2, ensure_ascii=False) + "\n"


def read_index(text: str) -> Index:
    """Return the index of a text.  Raises TapsmithError: damaged-bundle."""
    try:
        told: dict[str, Any] = json.loads(text)
        if told.pop("format") != _FORMAT:
            raise ValueError("it is of another format")
        modules = tuple(Held(**module) for module in told.pop("modules"))
        return Index(modules=modules, **told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise damaged(f"its index cannot be read: {error}") from None


def damaged(why: str) -> TapsmithError:
    """Return the refusal of a bundle that is not as it was made."""
    return fail("damaged-bundle", f"this bundle is damaged: {why}", mend="copy it anew")
