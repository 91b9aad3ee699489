"""Where the bootstrap's pip comes from: ensurepip's bundle, the system's pip, or the pinned wheel, fetched.

Part of the bootstrap (see bootstrap.py): standard library only.  The pinned
wheel is looked for where pip itself would look: PIP_INDEX_URL, pip's
configuration files, else PyPI.  Its SHA-256 stands in requirements.txt.
"""

from __future__ import annotations

import configparser
import hashlib
import html
import importlib.util
import os
import re
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap_system import StopError, say

PYPI = "https://pypi.org/simple"


@dataclass(frozen=True)
class Pin:
    """One version of a distribution, and the SHA-256 digests of its files."""

    version: str
    digests: tuple[str, ...]


def pip(python: Path, requirements: Path) -> list[str]:
    """Return a command that runs pip for the interpreter `python`, wherever a pip can be had."""
    bundle = importlib.util.find_spec("ensurepip")
    if bundle and bundle.origin:
        wheels = sorted((Path(bundle.origin).parent / "_bundled").glob("pip-*.whl"))
        if wheels:
            return [str(python), f"{wheels[-1]}/pip"]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(python)]
    return [str(python), f"{fetch_pip(python.parent.parent, requirements)}/pip"]


def fetch_pip(directory: Path, requirements: Path) -> Path:
    """Download the wheel of pip that is pinned, verify it, and return where it lies."""
    pin = read_pin(requirements.read_text(encoding="utf-8"), "pip")
    name = f"pip-{pin.version}-py3-none-any.whl"
    say(f"fetching {name}")
    reasons = []
    for index in indexes(os.environ, pip_configuration()):
        try:
            page = f"{index.rstrip('/')}/pip/"
            links = [link for link in hyperlinks(_get(page).decode(), page) if f"/{name}" in link]
            wheel = _get(links[0]) if links else b""
        except (OSError, ValueError) as error:
            reasons.append(f"{_without_login(index)}: {error}")
            continue
        if hashlib.sha256(wheel).hexdigest() in pin.digests:
            (directory / name).write_bytes(wheel)
            return directory / name
        reasons.append(f"{_without_login(index)}: " + ("another content of" if wheel else "no") + f" {name}")
    raise StopError(
        f"pip could not be fetched ({'; '.join(reasons)})",
        "check the network (PIP_INDEX_URL, PIP_CERT and https_proxy are honoured), or install python3-venv",
    )


def read_pin(text: str, name: str) -> Pin:
    """Return the version and digests that a requirements file pins for a distribution."""
    digest = r"[ \t]*\\\n[ \t]+--hash=sha256:[0-9a-f]{64}"
    found = re.search(rf"^{re.escape(name)}==(\S+)((?:{digest})+)", text, re.MULTILINE)
    if not found:
        raise StopError(f"requirements.txt pins no {name} with its hash", "restore that file")
    return Pin(found[1], tuple(re.findall(r"sha256:([0-9a-f]{64})", found[2])))


def indexes(environment: Mapping[str, str], configured: Mapping[str, str]) -> list[str]:
    """Return the package indexes that pip would ask over the network, the main one first."""
    main_index = environment.get("PIP_INDEX_URL") or configured.get("index-url") or PYPI
    extra = environment.get("PIP_EXTRA_INDEX_URL") or configured.get("extra-index-url") or ""
    return [url for url in (main_index, *extra.split()) if url.startswith(("http://", "https://"))]


def pip_configuration() -> dict[str, str]:
    """Return the [global] options of pip's configuration files, the later files' where several set one."""
    home = Path.home()
    files = [
        *(Path(d) / "pip/pip.conf" for d in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")),
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf",
        Path(os.environ.get("PIP_CONFIG_FILE") or os.devnull),
    ]
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(files, encoding="utf-8")
    except configparser.Error as error:
        raise StopError(f"pip's configuration cannot be read: {error}", "mend the file it names") from error
    return dict(parser["global"]) if parser.has_section("global") else {}


def hyperlinks(page: str, base: str) -> list[str]:
    """Return the absolute targets of an index page's links."""
    targets = re.findall(r"<a\b[^>]*\bhref=[\"']([^\"']+)[\"']", page, re.IGNORECASE)
    return [urllib.parse.urljoin(base, html.unescape(target)) for target in targets]


def _get(url: str) -> bytes:
    """Fetch a URL; raise OSError or ValueError."""
    bundle = os.environ.get("PIP_CERT") or pip_configuration().get("cert")
    try:
        return _read(url, ssl.create_default_context(cafile=bundle))
    except urllib.error.URLError as error:
        has_login = "@" in urllib.parse.urlsplit(url).netloc
        if has_login or not isinstance(error.reason, ssl.SSLCertVerificationError):
            raise
    # A bare Debian has no certificates.  The pinned digest vouches for what comes, and no secret is sent.
    return _read(url, ssl._create_unverified_context())


def _read(url: str, context: ssl.SSLContext) -> bytes:
    with urllib.request.urlopen(url, timeout=60, context=context) as reply:
        return bytes(reply.read())


def _without_login(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)
