"""The running kernel, as /proc and /sys show it; another `root` is a stand-in for tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYS_MODULE, SYS_ADMIN, SYSLOG = 16, 21, 34
"""Bits of capabilities: to load modules, to read their records, to read a kernel log that is restricted."""

_SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
_KEY = re.compile(r" asymmetri (?P<description>.*): X509\.", re.MULTILINE)


@dataclass(frozen=True)
class System:
    """Asks of the running kernel; each is None, or empty, where it cannot be known."""

    root: Path = Path("/")

    @property
    def release(self) -> str:
        """The kernel's release, as `uname -r` prints it."""
        return self.text("proc/sys/kernel/osrelease")

    @property
    def lockdown(self) -> str | None:
        """`none`, `integrity` or `confidentiality`."""
        found = re.search(r"\[(\w+)\]", self.text("sys/kernel/security/lockdown"))
        return found[1] if found else None

    @property
    def secure_boot(self) -> bool | None:
        """Whether the firmware checks what it boots; None where it tells nothing of it."""
        try:
            return (self.root / _SECURE_BOOT).read_bytes()[4:5] == b"\1"
        except OSError:
            return None

    @property
    def signatures_enforced(self) -> bool:
        """Whether the kernel was told to load signed modules only."""
        return self.text("sys/module/module/parameters/sig_enforce") == "Y"

    @property
    def modules_disabled(self) -> bool:
        """Whether no module may be loaded any more until the next boot."""
        return self.text("proc/sys/kernel/modules_disabled") == "1"

    @property
    def keys(self) -> tuple[str, ...]:
        """The descriptions of the keys that the kernel knows and this process may see."""
        return tuple(found["description"].strip() for found in _KEY.finditer(self.text("proc/keys")))

    def may(self, capability: int) -> bool:
        """Tell whether this process has a capability."""
        found = re.search(r"^CapEff:\s*([0-9a-f]+)", self.text("proc/self/status"), re.MULTILINE)
        return bool(found and int(found[1], 16) >> capability & 1)

    def is_loaded(self, name: str) -> bool:
        """Tell whether a module is loaded; one that is built into the kernel is not."""
        return (self.root / "sys/module" / name / "refcnt").exists()

    def references(self, name: str) -> int | None:
        """Return how many hold a module."""
        text = self.text(f"sys/module/{name}/refcnt")
        return int(text) if text.isdigit() else None

    def state(self, name: str) -> str:
        """Return what a module says of itself: running, or unload if it asks for that."""
        parameter = self.text(f"sys/module/{name}/parameters/tapsmith_state")
        return parameter or self.text(f"proc/tapsmith-{name}/state") or "running"

    def build_id(self, name: str) -> bytes:
        """Return the note by which a loaded module's file is known."""
        try:
            return (self.root / "sys/module" / name / "notes/.note.gnu.build-id").read_bytes()
        except OSError:
            return b""

    def symbols(self) -> Mapping[str, str]:
        """Return the kernel's symbols with the letters of their kinds."""
        words = (line.split() for line in self.text("proc/kallsyms").splitlines())
        return {found[2]: found[1] for found in words if len(found) >= 3}

    def text(self, path: str) -> str:
        """Return a file's text without space around it; empty where it cannot be read."""
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""
