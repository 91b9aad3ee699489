"""Every probe of this tree and of the tests, cross-compiled for arm64: that it builds, not that it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from conftest import PROBES, write_sconstruct
from scons_project import Run, scons

KERNEL = "6.1-cloud-arm64"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """One run of scons that builds all modules for an arm64 kernel, and where they are."""
    directory = tmp_path_factory.mktemp("arm64")
    write_sconstruct(directory)
    return directory, scons(directory, f"KERNEL={KERNEL}", "-k", "-j2")


def test_every_probe_builds_for_arm64(built: tuple[Path, Run]) -> None:
    """Each module is whole, and the compiler has nothing to say."""
    directory, run = built
    assert run.status == 0, run.output
    assert "warning:" not in run.output
    modules = {path.stem: path for path in directory.glob("build/*-arm64/*/*.ko")}
    assert modules.keys() == {Path(probe).name for probe in PROBES}
    for path in modules.values():
        with path.open("rb") as file:
            assert ELFFile(file)["e_machine"] == "EM_AARCH64"


def test_a_system_call_enters_by_its_name_of_arm64(built: tuple[Path, Run]) -> None:
    """The entries that a plain name stands for are those of this architecture."""
    (path,) = built[0].glob("build/*-arm64/test_syscall_names/test_syscall_names.ko")
    content = path.read_bytes()
    assert b"__arm64_sys_" in content
    assert b"__x64_sys_" not in content
