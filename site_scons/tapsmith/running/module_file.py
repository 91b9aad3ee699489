"""A module's file: what the runner has to know of it before it is loaded."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tapsmith.diagnostics import fail
from tapsmith.formats import Format, read_formats
from tapsmith.running import elf
from tapsmith.running.signature import signer

_BUILD_ID = ".note.gnu.build-id"
_VERSION_SIZE = 64


@dataclass(frozen=True)
class ModuleFile:
    """A module as it lies in a file.

    `parameters` are names to types; `imports` the kernel's symbols to the versions that the module was built
    for; `strings` the constant texts of its code, `formats` those of its records; `signer` is None without a
    signature, and may be empty.
    """

    path: Path
    name: str
    vermagic: str
    parameters: Mapping[str, str]
    fragments: Mapping[str, str]
    imports: Mapping[str, int]
    build_id: str
    signer: str | None
    strings: tuple[str, ...] = field(repr=False)
    formats: Mapping[int, Format] = field(default_factory=dict)

    @property
    def release(self) -> str:
        """The kernel that the module was built for."""
        return self.vermagic.partition(" ")[0]


def read_module(path: Path) -> ModuleFile:
    """Read a module's file.  Raises TapsmithError: missing-file, not-a-module, bad-formats."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise fail("missing-file", f"cannot read {path}: {error.strerror}") from None
    try:
        return parse_module(path, data)
    except ValueError as error:
        mend = "build it again, or name another file"
        raise fail("not-a-module", f"{path} is no kernel module: {error}", mend=mend) from None


def parse_module(path: Path, data: bytes) -> ModuleFile:
    """Return what the bytes of a module's file tell; ValueError if they are none."""
    parts = elf.sections(data)
    if ".modinfo" not in parts:
        raise ValueError("it has no .modinfo")
    info = [entry.partition("=") for entry in _texts(parts[".modinfo"])]
    single = {key: value for key, _, value in info}
    fragments = [value.split() for key, _, value in info if key == "tapsmith_fragment"]
    return ModuleFile(
        path=path,
        name=single.get("name", path.stem.replace("-", "_")),
        vermagic=single.get("vermagic", "").strip(),
        parameters=dict(value.split(":", 1) for key, _, value in info if key == "parmtype" and ":" in value),
        fragments={words[0]: words[1] for words in fragments if len(words) > 1},
        imports=symbol_versions(parts.get("__versions", b"")),
        build_id=note(parts.get(_BUILD_ID, b"")),
        signer=signer(data),
        strings=tuple(
            text for name, part in parts.items() if name.startswith(".rodata") for text in _texts(part)
        ),
        formats=read_formats(data),
    )


def symbol_versions(table: bytes) -> Mapping[str, int]:
    """Return the versions of symbols in a section `__versions`."""
    found = {}
    for at in range(0, len(table) - _VERSION_SIZE + 1, _VERSION_SIZE):
        version, name = struct.unpack_from("<Q56s", table, at)
        found[name.partition(b"\0")[0].decode("ascii", "replace")] = version
    return found


def note(data: bytes) -> str:
    """Return the description of the first note of a section, in hexadecimal; empty if there is none."""
    if len(data) < 12:
        return ""
    name, length, _ = struct.unpack_from("<III", data)
    start = 12 + (name + 3) // 4 * 4
    return data[start : start + length].hex()


def _texts(data: bytes) -> list[str]:
    return [text.decode("utf-8", "replace") for text in data.split(b"\0") if text]
