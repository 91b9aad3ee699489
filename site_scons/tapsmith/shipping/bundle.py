"""A bundle: one executable file of Python's with the runner and a module for each kernel.

A zipapp of the standard library's form; the same content gives the same bytes.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import tapsmith

_SHEBANG = b"#!/usr/bin/env python3\n"
_ENTRY = "tapsmith.bundled.main"
_MAIN = """\
import sys

if sys.version_info < (3, 9):
    sys.exit("this bundle needs Python 3.9 or later, and this is " + sys.version.split()[0])
from pathlib import Path

from tapsmith.bundled.main import main

sys.exit(main(Path(__loader__.archive)))
"""
_TIME = (1980, 1, 1, 0, 0, 0)
_REGULAR, _UNIX = 0o100644, 3


def pack_bundle(files: Mapping[str, bytes]) -> bytes:
    """Return the bundle of `files`, by their names in it; the runner and what starts it are added."""
    sources = {path: text.encode() for path, text in _sources().items()}
    buffer = io.BytesIO()
    buffer.write(_SHEBANG)
    with ZipFile(buffer, "a") as bundle:
        for name, data in sorted({"__main__.py": _MAIN.encode(), **sources, **files}.items()):
            member = ZipInfo(name, _TIME)
            member.create_system = _UNIX
            member.external_attr = _REGULAR << 16
            bundle.writestr(member, data, ZIP_DEFLATED, 9)
    return buffer.getvalue()


def _sources() -> Mapping[str, str]:
    """Return the text of each module of tapsmith that a bundle imports, directly or not, by its file."""
    root = Path(tapsmith.__file__).parent.parent
    found: dict[str, str] = {}
    todo = [_ENTRY]
    for module in todo:
        base = root / module.replace(".", "/")
        path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        name = str(path.relative_to(root))
        if name in found or not path.is_file():
            # A name that is imported from a module need be no module.
            continue
        found[name] = path.read_text(encoding="utf-8")
        todo += [".".join(module.split(".")[:count]) for count in range(1, module.count(".") + 1)]
        todo += imported(found[name])
    return found


def imported(text: str) -> list[str]:
    """Return the modules of tapsmith that a source may import: the names after `import` count as well."""
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] == "tapsmith"]
