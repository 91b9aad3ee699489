"""Every probe of this tree and of the tests, cross-compiled for arm64; some of them run there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from conftest import PROBES, write_sconstruct
from expected import differences
from scons_project import PROBES_OF_TREE, Run, scons
from tapsmith.diagnostics import TapsmithError
from tapsmith.foreign import foreign_guest
from tapsmith.kernel import Target, find_target
from tapsmith.machines import machine_for
from tapsmith.network import offline
from tapsmith.probe import load_probe
from tapsmith.qemu import Machine, command
from tapsmith.trial import try_module
from test_probes import TWO_CPUS

KERNEL = "6.1-cloud-arm64"
RUN = (
    "test_kretprobes",
    "test_levels",
    "test_lists",
    "test_map_strings",
    "test_maps",
    "test_smp",
    "test_stack",
)
SAMPLES = sorted({*PROBES_OF_TREE} - {"fileio", "profile", "tasklet", "whocalls"})


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


@pytest.fixture(scope="module")
def guest() -> tuple[Target, Machine]:
    """The kernel with its image, and the machine that boots it; they are fetched if they are not here."""
    target = find_target(KERNEL, progress=print, image=True)
    return target, machine_for(target, print)


def check(built: tuple[Path, Run], guest: tuple[Target, Machine], probe: str, cpus: int = 1) -> None:
    """Run a probe's workload under its module there; it says what is expected of it."""
    (directory,) = (Path(path) for path in PROBES if Path(path).name == probe)
    target, machine = guest
    module = built[0] / "build" / target.release / probe / f"{probe}.ko"
    machine = replace(machine, cpus=cpus)
    trial = try_module(module, target, load_probe(directory).workload, machine=machine, timeout_s=180)
    assert trial.status == 0, trial.output
    assert differences(directory, trial.messages, target.release) == ""
    assert trial.warnings == ()


@pytest.mark.parametrize("probe", ["fileio", "profile", "tasklet", "whocalls"])
def test_sample_probes_run_on_arm64(
    built: tuple[Path, Run], guest: tuple[Target, Machine], probe: str
) -> None:
    """System calls, timers, contexts and stacks are told there as elsewhere, with the same counts."""
    check(built, guest, probe)


@pytest.mark.matrix
@pytest.mark.parametrize("probe", SAMPLES)
def test_all_samples_run_on_arm64(built: tuple[Path, Run], guest: tuple[Target, Machine], probe: str) -> None:
    """So do all the others."""
    check(built, guest, probe)


@pytest.mark.matrix
@pytest.mark.parametrize("probe", RUN)
def test_probes_of_tests_run_on_arm64(
    built: tuple[Path, Run], guest: tuple[Target, Machine], probe: str
) -> None:
    """Levels, maps and stacks do there what they do elsewhere."""
    check(built, guest, probe, cpus=2 if probe in TWO_CPUS else 1)


def test_scons_tries_on_arm64(tmp_path: Path) -> None:
    """`try-NAME` boots a guest of the module's kernel."""
    write_sconstruct(tmp_path)
    run = scons(tmp_path, f"KERNEL={KERNEL}", "try-hello")
    assert run.status == 0, run.output
    assert "hello: begun" in run.output


def test_a_foreign_guest_is_emulated(guest: tuple[Target, Machine], tmp_path: Path) -> None:
    """KVM runs no other architecture than its own."""
    with pytest.raises(TapsmithError) as caught:
        command(replace(guest[1], accel="kvm"), tmp_path, tmp_path, [])
    assert caught.value.codes == ("bad-machine",)


def test_what_foreign_guests_take_is_not_fetched_offline(tmp_path: Path) -> None:
    """It is told what is not in the cache."""
    with offline(True), pytest.raises(TapsmithError) as caught:
        foreign_guest("6.1.0-56-cloud-arm64", tmp_path, pytest.fail)
    assert caught.value.codes == ("not-cached",)
    assert foreign_guest("6.1.0-56-cloud-amd64", tmp_path, pytest.fail) is None
