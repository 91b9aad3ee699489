"""A probe's workload, made ready for a guest: its programs compiled, its files named."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tapsmith.diagnostics import fail
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import package_of
from tapsmith.manifest import Source
from tapsmith.probe import Workload

DIRECTORY = "/probe"
"""Where the workload lies, and runs, in the guest."""


def guest_files(
    workload: Workload, out: Path, compiler: str, *flags: str, variables: Mapping[str, str] | None = None
) -> dict[str, GuestFile]:
    """Return the programs, compiled statically into the directory `out`, and the files, by guest path.

    `variables` are the environment of the compiler.
    Raises `missing-tool` without the compiler, `workload-failed` with its messages.
    """
    files = {f"{DIRECTORY}/{source.path.name}": GuestFile(source.path, 0o755) for source in workload.files}
    for source in workload.programs:
        files[f"{DIRECTORY}/{source.path.stem}"] = GuestFile(
            _compile(source, out, [compiler, *flags], variables), 0o755
        )
    return files


def _compile(source: Source, out: Path, compiler: Sequence[str], variables: Mapping[str, str] | None) -> Path:
    program = out / source.path.stem
    command = [*compiler, "-static", "-O2", "-Wall", "-o", str(program), str(source.path)]
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, errors="replace", check=False
        )
    except FileNotFoundError:
        message = f"{compiler[0]} is not installed, which compiles workloads"
        raise fail("missing-tool", message, mend=f"apt-get install {package_of(compiler[0])}") from None
    if done.returncode:
        raise fail("workload-failed", f"{source.label} does not compile", detail=done.stderr.strip())
    return program
