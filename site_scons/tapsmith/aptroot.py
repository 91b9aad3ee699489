"""A private apt root: Debian's package lists and downloads without root and without the system's state.

apt keeps everything it knows in directories that its configuration names.
An `AptRoot` names its own ones: lists, cache, an empty status file, Debian's
sources and keyring.  From the system it takes how the network is reached
(proxies, certificates) and which mirror is used; it changes nothing there.

Every failure is a `TapsmithError`: `no-apt` where apt cannot work at all,
`kernel-fetch-failed` where a list or a package could not be had.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tapsmith.aptsources import sources_list, system_mirrors
from tapsmith.diagnostics import fail

Progress = Callable[[str], None]

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# How the network is reached is the system's business; its hooks, pins and index targets are not taken over.
_NETWORK_OPTION = re.compile(
    r"^Acquire::(?:https?|socks5h?|Retries|Check-Valid-Until|Check-Date|ForceIPv[46])\b.*;$", re.MULTILINE
)


@dataclass(frozen=True)
class Package:
    """One version of a binary package; `size` is the download's, in bytes."""

    name: str
    version: str
    depends: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class AptRoot:
    """A directory that holds an apt of its own for one Debian architecture."""

    directory: Path
    arch: str

    def prepare(self) -> None:
        """Write configuration, sources and the empty status file; raise `no-apt` where apt is missing."""
        _demand_apt()
        for part in ("lists/partial", "cache/archives/partial"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        (self.directory / "status").touch()
        mirrors = system_mirrors(Path("/etc/apt"))
        _replace(self.directory / "sources.list", sources_list(mirrors, KEYRING, self.arch))
        _replace(self._config, configuration(self.directory, self.arch, os.geteuid() == 0, _system_dump()))

    def age(self) -> float:
        """Return the seconds since the lists were last fetched; infinite when they never were."""
        try:
            return max(0.0, time.time() - (self.directory / "updated").stat().st_mtime)
        except OSError:
            return float("inf")

    def update(self) -> None:
        """Fetch the package lists (about 9 MB the first time)."""
        self._run(["apt-get", "-q", "update"], "Debian's package lists could not be fetched")
        (self.directory / "updated").touch()

    def names(self, prefix: str) -> tuple[str, ...]:
        """Return the names of all packages that begin with `prefix`, sorted."""
        return tuple(sorted(set(self._run(["apt-cache", "pkgnames", prefix], _UNREADABLE).split())))

    def show(self, names: Sequence[str]) -> tuple[Package, ...]:
        """Return every known version of `names`, for each name the one that apt prefers first."""
        return parse_packages(self._run(["apt-cache", "show", *names], _UNREADABLE))

    def download(self, packages: Iterable[Package], directory: Path) -> None:
        """Download packages as `.deb` files into an existing directory; apt verifies them."""
        pins = [f"{package.name}={package.version}" for package in packages]
        self._run(["apt-get", "-q", "download", *pins], "packages could not be downloaded", directory)

    @property
    def _config(self) -> Path:
        return self.directory / "apt.conf"

    def _run(self, command: list[str], failure: str, cwd: Path | None = None) -> str:
        """Run an apt command on this root and return its output; raise `kernel-fetch-failed`."""
        done = subprocess.run(
            command,
            cwd=cwd or self.directory,
            env={**os.environ, "APT_CONFIG": str(self._config), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            close_fds=False,
        )
        if done.returncode:
            raise fail("kernel-fetch-failed", f"{failure}: {first_error(done.stderr)}", mend=_MEND)
        return done.stdout


_UNREADABLE = "Debian's package lists could not be read"
_MEND = (
    "check the network (apt's proxy settings and http_proxy are honoured) and run it again; "
    "a kernel that is in the cache already needs no network"
)


def configuration(directory: Path, arch: str, as_root: bool, system: str) -> str:
    """Return the text of an apt.conf under which apt uses nothing but `directory`.

    `system` is the system's configuration as `apt-config dump` prints it; the
    options about the network are taken over.
    """
    lines = [
        # APT_CONFIG is read before the system's files, so it can switch them off: their hooks are not for us.
        'Dir::Etc::main "/dev/null";',
        'Dir::Etc::parts "/dev/null";',
        'Dir::Etc::preferences "/dev/null";',
        'Dir::Etc::preferencesparts "/dev/null";',
        'Dir::Etc::sourceparts "/dev/null";',
        f'Dir::Etc::sourcelist "{directory}/sources.list";',
        f'Dir::State "{directory}";',
        f'Dir::State::lists "{directory}/lists";',
        f'Dir::State::status "{directory}/status";',
        f'Dir::Cache "{directory}/cache";',
        f'APT::Architecture "{arch}";',
        f'APT::Architectures {{ "{arch}"; }};',
        'APT::Update::Error-Mode "any";',
        'Acquire::Languages "none";',
        # 9 MB of lists instead of 50; the one binary cache keeps look-ups fast.
        'Acquire::GzipIndexes "true";',
        'Dir::Cache::srcpkgcache "";',
        'Acquire::Retries "2";',
    ]
    if as_root:
        # apt would download as user _apt, who cannot reach a cache below a home directory.
        lines.append('APT::Sandbox::User "root";')
    return "\n".join([*lines, *(match[0] for match in _NETWORK_OPTION.finditer(system))]) + "\n"


def parse_packages(text: str) -> tuple[Package, ...]:
    """Read the stanzas that `apt-cache show` prints; of alternatives the first is kept."""
    packages = []
    for stanza in text.strip().split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", stanza, re.MULTILINE))
        if "Package" in fields and "Version" in fields:
            depends = tuple(re.findall(r"(?:^|,)\s*([^\s,|(:]+)", fields.get("Depends", "")))
            packages.append(
                Package(fields["Package"], fields["Version"], depends, int(fields.get("Size", "0")))
            )
    return tuple(packages)


def first_error(stderr: str) -> str:
    """Return what apt says first of its errors, without its mark."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    for mark in ("E: ", "W: "):
        for line in lines:
            if line.startswith(mark):
                return line.removeprefix(mark).strip()
    return lines[-1].strip() if lines else "apt gave no reason"


def _demand_apt() -> None:
    missing = [name for name in ("apt-get", "apt-cache", "dpkg", "dpkg-deb") if not shutil.which(name)]
    own = "or give the kernel's build directory instead: KERNEL=/path/to/build"
    if missing:
        raise fail(
            "no-apt",
            f"kernels are fetched with Debian's own tools, and {missing[0]} is missing here",
            mend=f"install apt and dpkg, {own}",
        )
    if not KEYRING.is_file():
        raise fail(
            "no-apt",
            f"Debian's packages cannot be verified: {KEYRING} is missing",
            mend=f"install the package debian-archive-keyring, {own}",
        )


def _system_dump() -> str:
    """Return the system's apt configuration; empty when it cannot be read."""
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, errors="replace")
    return done.stdout if done.returncode == 0 else ""


def _replace(path: Path, text: str) -> None:
    """Write a file at once, so that an apt that runs meanwhile reads the old or the new one."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
