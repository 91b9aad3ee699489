"""Many probes in one guest, one after another: a boot takes longer than most workloads."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from conftest import Modules
from tapsmith.guest import GuestResult, run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.probe import Workload, load_probe
from tapsmith.qemu import Machine
from tapsmith.trial import Trial, messages_of
from tapsmith.workload import DIRECTORY, guest_files

_RUN = """\
mkdir -p {here}
cd {here}
if insmod /modules/{name}.ko {parameters} >/out/{name}.output 2>&1; then
    ( {command} ) >>/out/{name}.output 2>&1
    echo $? >/out/{name}.status
    rmmod {name} || echo rmmod failed >>/out/{name}.status
fi
"""


@dataclass(frozen=True)
class Batch:
    """What came of all: each probe's trial, and the guest's own result."""

    trials: Mapping[str, Trial]
    guest: GuestResult


def run_probes(
    modules: Modules,
    probes: Sequence[Path],
    scratch: Path,
    *,
    before: str = "",
    after: str = "",
    files: Mapping[str, GuestFile] = MappingProxyType({}),
    machine: Machine = Machine(),  # noqa: B008 (frozen)
) -> Batch:
    """Load the module of each directory of `probes` in turn, run its workload, unload it.

    The shell commands `before` and `after` stand around all of them.
    """
    script, all_files = before, dict(files)
    for directory in probes:
        name = directory.name
        workload = load_probe(directory).workload
        assert workload, f"{name} has no workload"
        (scratch / name).mkdir()
        found = guest_files(workload, scratch / name, modules.target.compiler())
        all_files |= {path.replace(DIRECTORY, f"/{name}", 1): file for path, file in found.items()}
        all_files[f"/modules/{name}.ko"] = GuestFile(modules.path(name))
        script += _script(name, workload)
    guest = run_guest(
        modules.target.require_image(), script + after, all_files, machine=machine, timeout_s=240
    )
    return Batch({directory.name: _trial(directory.name, guest) for directory in probes}, guest)


def _script(name: str, workload: Workload) -> str:
    given = " ".join(shlex.quote(f'{key}="{value}"') for key, value in workload.parameters)
    return _RUN.format(name=name, here=f"/{name}", parameters=given, command=workload.run)


def _trial(name: str, guest: GuestResult) -> Trial:
    """Return a probe's trial; its status is 1 where the module was not loaded, or not unloaded."""
    status = guest.files.get(f"{name}.status", b"").decode().strip()
    output = guest.files[f"{name}.output"].decode("utf-8", "backslashreplace")
    messages = messages_of(name, guest.log)
    return Trial(
        int(status) if status.isdigit() else 1,
        output,
        messages,
        guest.warnings,
        guest.seconds,
        unloaded=False,
    )
