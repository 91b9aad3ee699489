"""clangd from Debian 12's packages, in tapsmith's cache, and what it says of a file."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from debian_packages import unpacked
from tapsmith.kernelcache import cache_dir

# clangd itself first; then its own headers, and the libraries that a small system lacks.
_PACKAGES = (
    "clangd-14", "libclang-common-14-dev", "libclang-cpp14", "libllvm14", "libabsl20220623", "libgrpc++1.51",
    "libgrpc29", "libprotobuf32", "libprotoc32", "libc-ares2", "libre2-9", "libedit2", "libtinfo6", "libxml2",
    "libz3-4", "libbsd0", "libicu72", "libmd0", "libssl3", "libffi8", "liblzma5", "zlib1g",
)  # fmt: skip
_ERROR = re.compile(r"^E\[[^]]*\] (.*)$", re.MULTILINE)


def directory() -> Path:
    """Return where clangd and its libraries lie; fetch them (60 MB) if they do not."""
    return unpacked(cache_dir(), "clangd", _PACKAGES)


def errors(home: Path, database: Path, file: Path) -> list[str]:
    """Return the errors that clangd shows in a file, by the database in a directory."""
    libraries = ":".join(str(home / part / "x86_64-linux-gnu") for part in ("usr/lib", "lib"))
    done = subprocess.run(
        [
            home / "usr/bin/clangd-14",
            f"--compile-commands-dir={database}",
            f"--check={file}",
            "--check-lines=1-1",
        ],
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = _ERROR.findall(done.stderr)
    assert "Compile command from CDB is" in done.stderr, done.stderr
    assert bool(found) == bool(done.returncode), done.stderr
    return found
