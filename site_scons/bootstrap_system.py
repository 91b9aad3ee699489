"""What a build and a test need from the system, what is missing, and how Debian gets it.

Part of the bootstrap (see bootstrap.py): standard library only.  Needs are
told by capability, a command or a file, so that any system that has them will
do; package names matter only where something is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOCK_LIMIT = 120.0
"""Seconds to wait for another apt to end."""

INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")

Which = Callable[[str], str | None]


class StopError(Exception):
    """What keeps the bootstrap from going on: a sentence, and the mend."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


@dataclass(frozen=True)
class System:
    """The facts about a machine on which the check depends."""

    release: Mapping[str, str]
    is_root: bool
    is_interactive: bool
    which: Which

    @property
    def has_apt(self) -> bool:
        """Tell whether packages come from Debian or a descendant of it."""
        family = (self.release.get("ID", ""), *self.release.get("ID_LIKE", "").split())
        return "debian" in family and self.which("apt-get") is not None

    @property
    def compiler(self) -> str:
        """Name the compiler of the distribution's kernels: on Debian 12 its makefiles call gcc-12."""
        is_debian_12 = self.release.get("ID") == "debian" and self.release.get("VERSION_ID") == "12"
        return "gcc-12" if is_debian_12 else "gcc"


@dataclass(frozen=True)
class Need:
    """A capability: `what` in words, the Debian package that brings it, and whether it is there."""

    what: str
    package: str
    present: Callable[[Which], bool]


def needs(system: System, purpose: str) -> tuple[Need, ...]:
    """Return what `purpose` (`build` or `test`) needs from the system; `test` includes building."""
    found = [_command(system.compiler, "a C compiler"), _command("make", "make")]
    if purpose == "test":
        found += [
            _command("qemu-system-x86_64", "QEMU for x86-64", "qemu-system-x86"),
            Need("a static busybox", "busybox-static", lambda which: is_static(which("busybox"))),
            _command("dot", "Graphviz", "graphviz"),
            _command("zsh", "zsh", "zsh"),
            Need("the C library for static programs", "libc6-dev", lambda _: has_static_libc(Path("/usr"))),
        ]
    return tuple(found)


def missing(system: System, purpose: str) -> tuple[Need, ...]:
    """Return those needs of `purpose` that the system does not meet."""
    return tuple(need for need in needs(system, purpose) if not need.present(system.which))


def ensure(system: System, purpose: str) -> None:
    """Make the system meet the needs of `purpose`; raise `StopError` where that is left to the user."""
    lacking = missing(system, purpose)
    if not lacking:
        return
    listing = ", ".join(need.what for need in lacking)
    packages = [need.package for need in lacking]
    if not system.has_apt:
        mend = "install it with the system's package manager, then run it again"
        raise StopError(f"this machine lacks {listing}", mend)
    if not system.is_root or (system.is_interactive and not _agreed(packages)):
        command = by_hand(system, packages, has_lists())
        raise StopError(f"this machine lacks {listing}", f"run `{command}`, then run it again")
    _install(packages)
    still = missing(system, purpose)
    if still:
        raise StopError(
            f"{still[0].what} is still missing after {still[0].package} was installed",
            f"see whether the search path ({os.environ.get('PATH', '')}) is right",
        )


def by_hand(system: System, packages: Iterable[str], lists: bool) -> str:
    """Return the one command by which a user installs `packages`; without package lists it fetches them."""
    sudo = "" if system.is_root or not system.which("sudo") else "sudo "
    steps = [] if lists else [f"{sudo}apt-get update"]
    command = " && ".join([*steps, sudo + " ".join([*INSTALL, *packages])])
    return command if system.is_root or sudo else f"su -c '{command}'"


def this_system() -> System:
    """Return the facts about this machine."""
    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")
    return System(os_release(_read_os_release()), os.geteuid() == 0, interactive, which)


def which(command: str) -> str | None:
    """Find a command, also in the directories that Debian leaves out of an ordinary user's search path."""
    return shutil.which(command, path=os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin")


def os_release(text: str) -> dict[str, str]:
    """Read /etc/os-release: NAME=value, the value perhaps in quotes."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}


def is_static(program: str | None) -> bool:
    """Tell whether a program is an ELF file that asks for no dynamic loader."""
    if program is None:
        return False
    data = Path(program).read_bytes()[:4096]
    is_elf64 = data[:5] == b"\x7fELF\x02" and len(data) >= 64
    if not is_elf64:
        return False
    offset, size, count = (int.from_bytes(data[a:b], "little") for a, b in ((32, 40), (54, 56), (56, 58)))
    kinds = (data[at : at + 4] for at in range(offset, offset + size * count, size))
    return b"\x03\0\0\0" not in kinds  # PT_INTERP


def has_static_libc(usr: Path) -> bool:
    """Tell whether static C programs can be linked below the prefix `usr`."""
    libraries = [*usr.glob("lib/*/libc.a"), usr / "lib/libc.a", usr / "lib64/libc.a"]
    return (usr / "include/stdio.h").is_file() and any(library.is_file() for library in libraries)


def has_lists(directory: Path = Path("/var/lib/apt/lists")) -> bool:
    """Tell whether apt has package lists."""
    return any(directory.glob("*_Packages*"))


def without_candidate(policy: str, packages: Sequence[str]) -> list[str]:
    """Return those packages that `apt-cache policy` knows no version of."""
    known, current = set(), ""
    for line in policy.splitlines():
        if line and not line.startswith(" "):
            current = line.rstrip(":")
        elif line.strip().startswith("Candidate:") and "(none)" not in line:
            known.add(current)
    return [package for package in packages if package not in known]


def say(message: str) -> None:
    """Tell the user what goes on; standard output is left to scons."""
    print(f"sconsw: {message}", file=sys.stderr, flush=True)


def _command(command: str, what: str, package: str | None = None) -> Need:
    shown = what if what == command else f"{what} ({command})"
    return Need(shown, package or command, lambda which: which(command) is not None)


def _agreed(packages: Sequence[str]) -> bool:
    """Ask whether to install; an empty answer means yes."""
    sys.stderr.write(f"sconsw: install {' '.join(packages)} with apt-get? [Y/n] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return answer.strip().lower() in ("", "y", "yes") and answer != ""


def _install(packages: Sequence[str]) -> None:
    """Install packages as root, updating the lists only if that is needed."""
    policy = subprocess.run(
        ["apt-cache", "policy", *packages], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}
    ).stdout
    updated = not has_lists() or bool(without_candidate(policy, packages))
    if updated:
        _apt(["apt-get", "-q", "update"])
    say(f"installing {' '.join(packages)}")
    install = [*INSTALL[:1], "-q", "-o", f"DPkg::Lock::Timeout={LOCK_LIMIT:.0f}", *INSTALL[1:], *packages]
    try:
        _apt(install)
    except StopError:
        if updated:
            raise
        # Older lists name files that the mirror has dropped since.
        _apt(["apt-get", "-q", "update"])
        _apt(install)


def _apt(command: Sequence[str]) -> None:
    """Run apt-get, its output on standard error; wait for another apt, which `update` itself does not."""
    deadline = time.monotonic() + LOCK_LIMIT
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    while True:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        if done.returncode == 0:
            return
        locked = "Could not get lock" in done.stderr or "Unable to lock" in done.stderr
        if not locked or time.monotonic() > deadline:
            sys.stderr.write(done.stderr)
            late, failed = f"another apt kept its lock for {LOCK_LIMIT:.0f} s", f"{' '.join(command)} failed"
            raise StopError(late if locked else failed, "see apt's messages above, then run it again")
        say("waiting for another apt to end")
        time.sleep(3)


def _read_os_release() -> str:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        if Path(path).is_file():
            return Path(path).read_text(encoding="utf-8", errors="replace")
    return ""
