"""What is taken out of downloaded `.deb` files, and how an unpacked header tree is put to use.

Every failure is a `TapsmithError` with the code `kernel-fetch-failed`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from tapsmith.aptroot import Package
from tapsmith.diagnostics import TapsmithError, fail


def unpack(downloads: Path, package: Package, directory: Path) -> None:
    """Unpack a downloaded package below `directory`, and remove the download."""
    archive = _archive(downloads, package)
    command = ["dpkg-deb", "-x", str(archive), str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, close_fds=False)
    if done.returncode:
        raise _unusable(package, done.stderr)
    archive.unlink()


def unpack_image(downloads: Path, package: Package, release: str) -> None:
    """Unpack just the bootable image of a downloaded package to `downloads`/boot, and remove the download."""
    archive = _archive(downloads, package)
    image = downloads / "boot" / f"vmlinuz-{release}"
    image.parent.mkdir(exist_ok=True)
    # The modules that follow the image are twenty times its size: reading ends with the image.
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as unpacker:
        assert unpacker.stdout
        try:
            with tarfile.open(fileobj=unpacker.stdout, mode="r|") as tar:
                for member in tar:
                    if member.isfile() and member.name.removeprefix("./") == f"boot/{image.name}":
                        _copy(tar, member, image)
                        break
        except tarfile.TarError as error:
            raise _unusable(package, str(error)) from error
        finally:
            unpacker.kill()
    if not image.is_file():
        raise _unusable(package, f"it holds no boot/{image.name}")
    archive.unlink()


def relocate(makefile: Path) -> None:
    """Make an unpacked header tree's Makefile find the common tree beside it, wherever both lie."""
    makefile.write_text(relocated(makefile.read_text(encoding="utf-8")), encoding="utf-8")


def relocated(text: str) -> str:
    """Return that Makefile's text; make is started in the tree (`make -C`), so a path may begin there."""
    return re.sub(r"^(include\s+)/usr/src/", r"\1../", text, flags=re.MULTILINE)


def _copy(tar: tarfile.TarFile, member: tarfile.TarInfo, file: Path) -> None:
    source = tar.extractfile(member)
    assert source, "a regular file has content"
    with file.open("wb") as target:
        shutil.copyfileobj(source, target)


def _archive(downloads: Path, package: Package) -> Path:
    """Return the file that `apt-get download` made of a package; it spells a version's colon `%3a`."""
    found = list(downloads.glob(f"{package.name}_*.deb"))
    if len(found) != 1:
        raise _unusable(package, "apt left no file of it")
    return found[0]


def _unusable(package: Package, reason: str) -> TapsmithError:
    return fail(
        "kernel-fetch-failed",
        f"the package {package.name} {package.version} cannot be unpacked: {reason.strip()}",
        mend="see whether the disk is full, then run it again",
    )
