"""Which mirrors of Debian 12 to use: the system's own where it has them, else Debian's.

Pure but for `system_mirrors`, which reads the files of an apt directory.
Both spellings are read: one line an entry (`deb URI suite component…`) and
deb822 stanzas (`URIs:`, `Suites:`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SUITE = "bookworm"


@dataclass(frozen=True)
class Source:
    """A place of packages that a system is configured for: one URI and one suite."""

    uri: str
    suite: str


@dataclass(frozen=True)
class Mirrors:
    """Where Debian's archive and its security archive are read from."""

    archive: str = "http://deb.debian.org/debian"
    security: str = "http://deb.debian.org/debian-security"


def sources_list(mirrors: Mirrors, keyring: Path, arch: str) -> str:
    """Return a sources.list of bookworm, its updates and its security updates, `main` only."""
    options = f"[arch={arch} signed-by={keyring}]"
    entries = (
        (mirrors.archive, SUITE),
        (mirrors.archive, f"{SUITE}-updates"),
        (mirrors.security, f"{SUITE}-security"),
    )
    return "".join(f"deb {options} {uri} {suite} main\n" for uri, suite in entries)


def system_mirrors(directory: Path) -> Mirrors:
    """Return the mirrors that the apt directory `directory` names, or Debian's own."""
    texts = [directory / "sources.list", *sorted((directory / "sources.list.d").glob("*"))]
    sources: list[Source] = []
    for path in texts:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if path.suffix == ".list":
            sources += parse_one_line(text)
        elif path.suffix == ".sources":
            sources += parse_deb822(text)
    return choose_mirrors(tuple(sources))


def choose_mirrors(sources: tuple[Source, ...]) -> Mirrors:
    """Pick Debian's entries among `sources`; a mirror of another Debian release serves this one, too."""
    default = Mirrors()
    usable = [s for s in sources if re.match(r"(mirror\+)?(https?|file):", s.uri)]
    security = [s.uri for s in usable if s.suite == f"{SUITE}-security"]
    security += [s.uri for s in usable if s.uri.rstrip("/").endswith("/debian-security")]
    archive = [s.uri for s in usable if s.suite == SUITE and s.uri not in security]
    archive += [s.uri for s in usable if s.uri.rstrip("/").endswith("/debian")]
    return Mirrors(
        archive[0] if archive else default.archive,
        security[0] if security else default.security,
    )


def parse_one_line(text: str) -> list[Source]:
    """Read entries of the form `deb [options] URI suite component…`."""
    found = re.findall(r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+\S", text, re.MULTILINE)
    return [Source(uri, suite) for uri, suite in found]


def parse_deb822(text: str) -> list[Source]:
    """Read deb822 stanzas; disabled ones and ones of source packages only are left out."""
    sources: list[Source] = []
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        unfolded = re.sub(r"\n[ \t]+", " ", stanza)
        pairs = re.findall(r"^([\w-]+):(.*)$", unfolded, re.MULTILINE)
        fields = {key.lower(): value.split() for key, value in pairs}
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        uris, suites = fields.get("uris", []), fields.get("suites", [])
        sources += [Source(uri, suite) for uri in uris for suite in suites]
    return sources
