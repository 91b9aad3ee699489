"""Every probe of this tree and of the tests, cross-compiled for arm64; some of them run there."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import arm64_guest
from conftest import PROBES, write_sconstruct
from expected import differences
from scons_project import Run, scons
from tapsmith.trial import messages_of

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


RUN = (
    "tasklet",
    "test_kretprobes",
    "test_levels",
    "test_lists",
    "test_map_strings",
    "test_maps",
    "test_smp",
    "test_stack",
)


@pytest.mark.matrix
def test_modules_run_on_arm64(built: tuple[Path, Run]) -> None:
    """Probes, levels, maps and stacks do there what they do elsewhere; it fetches 31 MB more."""
    modules = [next(built[0].glob(f"build/*-arm64/{name}/{name}.ko")) for name in RUN]
    log = arm64_guest.run(modules[0].parents[1].name, modules)
    directories = {Path(probe).name: Path(probe) for probe in PROBES}
    for name in RUN:
        expected = (directories[name] / "expected.txt").read_text(encoding="utf-8")
        assert differences(expected, messages_of(name, log)) == []
