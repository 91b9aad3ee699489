"""A Python for guests, which have busybox only: Debian 12's own, with the modules that a program imports."""

from __future__ import annotations

import subprocess
from pathlib import Path

from debian_packages import unpacked
from scons_project import ROOT
from tapsmith.initramfs import GuestFile

_PACKAGES = (
    "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib",
    "libc6", "zlib1g", "libexpat1", "libffi8", "liblzma5",
)  # fmt: skip
_HOME = "/python"
# Encodings are imported by name; the loader of programs is where the kernel looks for it.
_ALSO = ("encodings.ascii", "encodings.latin_1", "runpy", "importlib.util")
# To read and compile sources would take a guest longer than all else that it does.
_COMPILE = """\
import importlib, os, py_compile, sys
for name in {names}:
    importlib.import_module(name)
for module in list(sys.modules.values()):
    path = getattr(module, "__file__", None)
    if path and path.endswith(".py"):
        compiled = {scratch!r} + path + "c"
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(path, compiled, dfile=path, doraise=True, invalidation_mode=mode)
    elif path:
        print(path)
print(sys.executable)
for line in open("/proc/self/maps"):
    print(line.split(maxsplit=5)[5].strip() if line.count("/") else "")
"""


def files(cache: Path, scratch: Path, *names: str) -> dict[str, GuestFile]:
    """Return a guest's files by which `/python/bin/python3` imports the modules `names` of this tree.

    Which of Python's own belong to them Python itself tells, on this machine; compiled they are in `scratch`.
    """
    home = unpacked(cache, "guest-python", _PACKAGES)
    source = ROOT / "site_scons"
    found = {f"{_HOME}/bin/python3": GuestFile(_script(), 0o755)}
    for path in _used(home, source, scratch, names):
        for name in _names(path):
            found[f"{_HOME}/{name.relative_to(home)}"] = GuestFile(path, 0o755)
    for path in scratch.rglob("*.pyc"):
        origin = Path("/") / path.relative_to(scratch)
        below = f"site/{origin.relative_to(source)}" if origin.is_relative_to(source) else (
            str(origin.relative_to(home))
        )  # fmt: skip
        found[f"{_HOME}/{below}"] = GuestFile(path)
    return found


def _names(path: Path) -> list[Path]:
    """Return a file's names: a library is asked for by that of a link to it."""
    same = path.parent.iterdir() if ".so." in path.name else ()
    return [path, *(one for one in same if one.is_symlink() and one.resolve() == path)]


def _used(home: Path, source: Path, scratch: Path, names: tuple[str, ...]) -> list[Path]:
    """Compile what a Python below `home` has imported, and return its other files that are in use."""
    done = subprocess.run(
        [*_command(str(home)), "-c", _COMPILE.format(names=(*names, *_ALSO), scratch=str(scratch))],
        env={"PYTHONPATH": f"{source}", "PYTHONHOME": f"{home}/usr", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    used = {Path(line) for line in done.stdout.splitlines() if line}
    return sorted(path for path in used if path.is_relative_to(home))


def _command(home: str) -> list[str]:
    """Return the words that run Python by its own loader with its own libraries, wherever it lies."""
    libraries = ":".join(f"{home}/{part}/x86_64-linux-gnu" for part in ("lib", "usr/lib"))
    loader = f"{home}/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    return [loader, "--library-path", libraries, f"{home}/usr/bin/python3.11"]


def _script() -> bytes:
    words = " ".join(_command(_HOME))
    return f'#!/bin/sh\nPYTHONHOME={_HOME}/usr PYTHONPATH={_HOME}/site exec {words} "$@"\n'.encode()
