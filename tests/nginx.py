"""Debian 12's nginx and openssl from their packages, in tapsmith's cache.

Nothing is installed, and all runs as whoever tests.
"""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from debian_packages import unpacked
from programs import await_port, environment, free_port

_PACKAGES = ("nginx", "libpcre2-8-0", "libssl3", "libcrypt1", "zlib1g", "openssl")
_CONFIG = """\
daemon off;
master_process off;
pid {scratch}/pid;
error_log {scratch}/error.log;
events {{ }}
http {{
    access_log {scratch}/access.log;
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    server {{
        listen 127.0.0.1:{port}{tls};
        root {root};
        {more}
    }}
}}
"""


def directory(cache: Path) -> Path:
    """Return where nginx and its libraries lie, unpacked; fetch them (5 MB) if they do not."""
    return unpacked(cache, "webserver", _PACKAGES)


@contextmanager
def serve(home: Path, root: Path, more: str = "", tls: Path | None = None) -> Iterator[str]:
    """Serve a directory while the block runs; the value is its URL.

    `more` are lines of the server's configuration, `tls` a file with certificate and key.
    """
    port = free_port()
    if tls:
        more += f"\nssl_certificate {tls};\nssl_certificate_key {tls};"
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch) / "nginx.conf"
        text = _CONFIG.format(scratch=scratch, port=port, root=root, more=more, tls=" ssl" if tls else "")
        config.write_text(text, encoding="utf-8")
        process = subprocess.Popen(
            [home / "usr/sbin/nginx", "-c", config, "-p", scratch, "-e", f"{scratch}/error.log"],
            env=environment(home),
        )
        try:
            await_port(process, port, Path(scratch) / "error.log")
            yield f"http{'s' if tls else ''}://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def certificate(home: Path, scratch: Path) -> Path:
    """Return a file with a fresh certificate for 127.0.0.1 that nobody has signed, and its key."""
    config, key, file = (scratch / name for name in ("openssl.cnf", "key.pem", "both.pem"))
    config.write_text("[req]\ndistinguished_name = name\n[name]\n", encoding="utf-8")
    command = [str(home / "usr/bin/openssl"), "req", "-config", str(config), "-x509", "-newkey", "ec"]
    command += ["-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out", str(file)]
    command += ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True, env=environment(home))
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file
