"""A Debian 12 in a directory of tapsmith's cache, with kernels and DKMS, in which packages are installed.

Each run sees it afresh: what it changes goes into a directory of its own, laid over it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from debian_packages import unpacked
from tapsmith.aptroot import KEYRING
from tapsmith.aptsources import SUITE, sources_list, system_mirrors

_INSTALL = """\
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -qy --no-install-recommends install {packages}
apt-get clean
"""
_ENTER = """\
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/changed,workdir=$2/work" "$2/root"
mount -t proc proc "$2/root/proc"
mount --bind /dev "$2/root/dev"
exec chroot "$2/root" sh -ec "$3"
"""
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def directory(cache: Path, releases: Sequence[str]) -> Path:
    """Return where it lies, made from Debian's packages (5 minutes, 1.5 GB) if it does not yet.

    Skips the test for whoever is not root: dpkg gives files to several users.
    """
    if os.geteuid():
        pytest.skip("only root can install Debian's packages in a directory")
    here = cache / "debian-root"
    found = here / "-".join((SUITE, *releases))
    if not found.is_dir():
        here.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=here, prefix=".draft-") as scratch:
            root = Path(scratch) / "root"
            _make(cache, root, releases)
            root.rename(found)
    return found


def run(base: Path, packages: Sequence[Path], script: str, scratch: Path) -> Path:
    """Run `script` in /root with `packages` there, and return the directory with what it changed."""
    changed = scratch / "changed"
    for part in ("changed/root", "work", "root"):
        (scratch / part).mkdir(parents=True)
    for package in packages:
        shutil.copy(package, changed / "root")
    command = ["unshare", "--mount", "sh", "-ec", _ENTER, "sh", str(base), str(scratch)]
    _run([*command, f"cd /root\nexport DEBIAN_FRONTEND=noninteractive\n{script}"], os.environ | _ENVIRONMENT)
    return changed


def _make(cache: Path, root: Path, releases: Sequence[str]) -> None:
    mirrors = system_mirrors(Path("/etc/apt"))
    home = unpacked(cache, "debootstrap", ("debootstrap",))
    environment = os.environ | _ENVIRONMENT | {"DEBOOTSTRAP_DIR": str(home / "usr/share/debootstrap")}
    command = [str(home / "usr/sbin/debootstrap"), "--variant=minbase", f"--keyring={KEYRING}"]
    _run([*command, SUITE, str(root), mirrors.archive], environment)
    (root / "etc/apt/sources.list").write_text(sources_list(mirrors, KEYRING, "amd64"), encoding="utf-8")
    packages = ["dkms", *(f"linux-{what}-{release}" for release in releases for what in ("headers", "image"))]
    script = _INSTALL.format(packages=" ".join(packages))
    _run(["chroot", str(root), "sh", "-ec", script], os.environ | _ENVIRONMENT)


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
