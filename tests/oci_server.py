"""Debian 12's docker-registry, a server of OCI registries, and skopeo, which copies into it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from debian_packages import unpacked
from programs import await_port, environment, free_port
from tapsmith.packages.oci_layout import export

_PACKAGES = (
    "docker-registry",
    "skopeo",
    "libgpgme11",
    "libassuan0",
    "libgpg-error0",
    "libdevmapper1.02.1",
    "libudev1",
    "libselinux1",
    "libpcre2-8-0",
)
_CONFIG = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {data}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
log: {{accesslog: {{disabled: false}}, level: error}}
{more}
"""


def directory(cache: Path) -> Path:
    """Return where both and their libraries lie, unpacked; fetch them (11 MB) if they do not."""
    return unpacked(cache, "ociserver", _PACKAGES)


@dataclass(frozen=True)
class OciServer:
    """The server, and where its files are."""

    home: Path
    scratch: Path
    port: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, reference: str = "") -> str:
        """Return the URL of the repository that tests use."""
        return f"oci://{self.host}/team/fragments{reference}"

    def push(self, registry: Path, tag: str = "latest") -> str:
        """Copy a registry in a directory into the repository; return the digest of its state."""
        layout = self.scratch / "layout"
        digest = export(registry, layout, lambda said: None).digest
        to = f"docker://{self.host}/team/fragments:{tag}"
        self.skopeo("copy", "--all", "--dest-tls-verify=false", f"oci:{layout}", to)
        return digest

    def skopeo(self, *words: str) -> None:
        """Run skopeo with no settings of a user's."""
        command = [self.home / "usr/bin/skopeo", "--insecure-policy", "--tmpdir", self.scratch, *words]
        subprocess.run(command, check=True, capture_output=True, env=environment(self.home))

    def collect_garbage(self, *words: str) -> str:
        """Remove what nothing leads to; return what the server says of it."""
        command = [self.home / "usr/bin/docker-registry", "garbage-collect"]
        done = subprocess.run(
            [*command, *words, self.scratch / "config.yml"], check=True, capture_output=True, text=True
        )
        return done.stdout

    def asked(self) -> list[tuple[str, str]]:
        """Return what readers asked for since the last call, below the repository, and the statuses."""
        log = self.scratch / "log"
        lines = [
            line.split('"') for line in log.read_text(encoding="utf-8").splitlines() if '"GET /v2/' in line
        ]
        log.write_text("", encoding="utf-8")
        found = [(line[1].split()[1], line[2].split()[0]) for line in lines if "tapsmith" in line[5]]
        return [(path.removeprefix("/v2/team/fragments/"), status) for path, status in found]


@contextmanager
def serve(home: Path, scratch: Path, more: str = "") -> Iterator[OciServer]:
    """Run the server while the block runs, on what is in `scratch`; `more` are lines of its configuration."""
    port = free_port()
    config, log = scratch / "config.yml", scratch / "log"
    scratch.mkdir(exist_ok=True)
    config.write_text(_CONFIG.format(data=scratch / "data", port=port, more=more), encoding="utf-8")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [home / "usr/bin/docker-registry", "serve", config], stdout=output, stderr=output
        )
    try:
        await_port(process, port, log)
        yield OciServer(home, scratch, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
