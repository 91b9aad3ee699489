"""A Debian package, written by dpkg-deb: without root, and the same bytes for the same content."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tapsmith.diagnostics import fail

_CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
{relations}Section: kernel
Priority: optional
Description: {summary}
 {description}
"""


@dataclass(frozen=True)
class DebianPackage:
    """A package: `files` by their paths without the first slash, `scripts` by names such as postinst."""

    name: str
    version: str
    architecture: str
    maintainer: str
    summary: str
    description: str
    files: Mapping[str, bytes]
    scripts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    relations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return f"{self.name}_{self.version}_{self.architecture}.deb"

    @property
    def control(self) -> str:
        """The control file."""
        kib = sum(-(-len(data) // 1024) for data in self.files.values())
        relations = "".join(f"{name}: {value}\n" for name, value in self.relations.items())
        return _CONTROL.format(
            name=self.name,
            version=self.version,
            architecture=self.architecture,
            maintainer=self.maintainer,
            size=kib,
            relations=relations,
            summary=self.summary,
            description=self.description,
        )


def write_package(package: DebianPackage, directory: Path, epoch: int) -> Path:
    """Write the .deb into `directory`; its files are of the time `epoch`.

    Raises TapsmithError: missing-tool without dpkg-deb, tool-failed with what it said.
    """
    with tempfile.TemporaryDirectory(dir=directory, prefix=".draft-") as scratch:
        root = Path(scratch) / "root"
        for name, data in package.files.items():
            _write(root / name, data, 0o644)
        _write(root / "DEBIAN/control", package.control.encode(), 0o644)
        for name, text in package.scripts.items():
            _write(root / "DEBIAN" / name, text.encode(), 0o755)
        for path in (root, *root.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
            os.utime(path, (epoch, epoch))
        draft = Path(scratch) / package.file_name
        _run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(draft)], epoch)
        return draft.rename(directory / package.file_name)


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def _run(command: list[str], epoch: int) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        message = "dpkg-deb is not installed, which writes Debian packages"
        raise fail("missing-tool", message, mend="install the package dpkg") from None
    if done.returncode:
        raise fail("tool-failed", "dpkg-deb wrote no package", detail=done.stderr.strip())
