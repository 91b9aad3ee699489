"""What the steps of a build leave in a module's directory, for `scons -c` to take away."""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from SCons.Script import GetOption

from tapsmith.module_signing import SIGNED

_SHARED = r"Module\.symvers|modules\.order|Kbuild|Makefile"


def leavings(out: Any, name: str) -> list[Any]:
    """Return what is to be removed of the module `name`: its directory, or of that what a build made."""
    directory = Path(out.abspath)
    found = os.listdir(directory) if directory.is_dir() else []
    made = made_by_build(name, found)
    if _is_ours(directory / SIGNED, name):
        made.append(SIGNED)
    if len(made) == len(found):
        return [out]
    return [out.File(entry) if not (directory / entry).is_dir() else out.Dir(entry) for entry in made]


@cache
def leave_no_empty(directory: str) -> None:
    """Once scons has cleaned, remove a directory of modules and the one above, if nothing is left there."""
    if GetOption("no_exec"):
        return

    def remove() -> None:
        with suppress(OSError):
            os.rmdir(directory)
            os.rmdir(os.path.dirname(directory))

    atexit.register(remove)


def _is_ours(directory: Path, name: str) -> bool:
    """Tell whether a directory holds nothing but a module, or what is left of making it."""
    return directory.is_dir() and set(os.listdir(directory)) <= {f"{name}.ko", f".{name}.ko.part"}


def made_by_build(name: str, entries: Iterable[str]) -> list[str]:
    """Return those entries of the directory of the module `name` that its build makes, sorted.

    Beside what is called by the module that are kbuild's lists; `.x.cmd` and `.x.d` tell of an `x`.
    """
    own = rf"{re.escape(name)}\.(?:c|o|ko|ko\.tested|mod|mod\.[cos]|names\.h)|\.?module-common\.o"
    pattern = re.compile(
        rf"\.?(?:{own}|{_SHARED})|\.(?:{own}|{_SHARED}|\.module-common\.o)(?:\.cmd|\.d|\.part)"
    )
    return sorted(entry for entry in entries if pattern.fullmatch(entry))
