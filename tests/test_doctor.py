"""`tapsmith doctor`: each thing that a machine may lack is told with its mend."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tapsmith.cli import main
from tapsmith.commands.doctor import lines_of
from tapsmith.diagnostics import fail
from tapsmith.doctor.checks import check_machine
from tapsmith.doctor.surroundings import Finding, Surroundings
from tapsmith.kernels import Kernel
from tapsmith.running.system import System

RELEASE = "6.1.0-56-amd64"
KERNEL = Kernel(
    "6.1", RELEASE, "system", Path("/tree"), Path("/image"), compiler="gcc-12", has_compiler=True, btf=True
)
FILES = {
    "proc/sys/kernel/osrelease": f"{RELEASE}\n",
    "proc/self/status": "CapEff:\t000001ffffffffff\n",
    "proc/mounts": "proc /proc proc rw 0 0\ndebugfs /sys/kernel/debug debugfs rw 0 0\n",
    "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    "sys/module/module/parameters/sig_enforce": "N\n",
}
KEY = "1 I------ 1 perm 1f010000 0 0 asymmetri Debian Secure Boot CA: 6ccece7e: X509.rsa 0d6c0127 []\n"


def machine(root: Path, **files: str) -> Surroundings:
    """Return a machine that lacks nothing, but that some of its files, by their last names, are others."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.get(path.name, text), encoding="utf-8")
    (root / "proc/keys").write_text(files.get("keys", ""), encoding="utf-8")
    return Surroundings(
        System(root), (KERNEL,), Path("/cache"), 9 << 30, True, python=(3, 11),
        which=lambda name: f"/usr/bin/{name}", busybox=lambda: Path("/bin/busybox"),
        has_module=lambda name: True,
    )  # fmt: skip


def found(here: Surroundings) -> list[tuple[str, str, str | None]]:
    """Return name, state and mend of all that is not well."""
    return [(one.name, one.state, one.mend) for one in check_machine(here) if one.state != "ok"]


def test_a_machine_that_lacks_nothing(tmp_path: Path) -> None:
    """Every check has its line, and none a mend."""
    findings = check_machine(machine(tmp_path))
    assert {finding.state for finding in findings} == {"ok"}
    assert [finding.mend for finding in findings if finding.mend] == []
    names = [finding.name for finding in findings]
    assert names == [
        "Python", "SCons", "make", "cache", "headers", "kernel 6.1", "qemu-system-x86_64", "setpriv",
        "busybox", "KVM", "rights", "debugfs", "Secure Boot", "signatures",
    ]  # fmt: skip


def no_busybox() -> Path:
    """Find none."""
    raise fail("missing-tool", "busybox is not installed", mend="apt-get install busybox-static")


@pytest.mark.parametrize(
    ("lacking", "name", "state", "mend"),
    [
        ({"python": (3, 10)}, "Python", "bad", "install Python 3.11"),
        ({"has_module": lambda name: False}, "SCons", "bad", "./sconsw"),
        ({"which": lambda name: name != "make" and name}, "make", "bad", "apt-get install make"),
        ({"which": lambda name: name != "pahole" and name}, "kernel 6.1", "warn", "apt-get install pahole"),
        ({"which": lambda name: name != "setpriv" and name}, "setpriv", "bad", "apt-get install util-linux"),
        ({"free": None}, "cache", "bad", "TAPSMITH_CACHE"),
        ({"free": 1 << 30}, "cache", "warn", "make room"),
        ({"free": 1 << 20}, "cache", "bad", "make room"),
        ({"busybox": no_busybox}, "busybox", "bad", "apt-get install busybox-static"),
        ({"kvm": False}, "KVM", "warn", "/dev/kvm"),
        ({"kvm": None}, "KVM", "warn", "tapsmith fetch-kernel"),
        ({"kernels": (replace(KERNEL, has_compiler=False),)}, "kernel 6.1", "bad", "apt-get install gcc-12"),
        ({"kernels": (replace(KERNEL, problem="it is not configured"),)}, "kernel 6.1", "bad", "anew"),
    ],
)  # fmt: skip
def test_each_lack_is_told(
    tmp_path: Path, lacking: dict[str, object], name: str, state: str, mend: str
) -> None:
    """One thing that is missing is one line, with what brings it."""
    here = replace(machine(tmp_path), **lacking)  # type: ignore[arg-type]
    [(told, how, mended)] = found(here)
    assert (told, how) == (name, state)
    assert mend in str(mended)


def test_no_kernel_at_all(tmp_path: Path) -> None:
    """Neither headers of the running kernel nor any other: both are told, and nothing is bad."""
    here = replace(machine(tmp_path), kernels=(Kernel("6.1-cloud"),))
    assert [(name, state) for name, state, _ in found(here)] == [("headers", "warn"), ("kernels", "warn")]
    assert f"linux-headers-{RELEASE}" in str(found(here)[0][2])


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"status": "CapEff:\t0000000000000000\n"}, "rights", "CAP_SYS_MODULE"),
        ({"mounts": "proc /proc proc rw 0 0\n"}, "debugfs", "is not mounted"),
        ({"lockdown": "none [integrity] confidentiality\n"}, "signatures", "locked down (integrity"),
        ({"sig_enforce": "Y\n", "keys": KEY}, "signatures", "it knows Debian Secure Boot CA"),
    ],
)
def test_what_keeps_modules_out_is_told(tmp_path: Path, files: dict[str, str], name: str, said: str) -> None:
    """Rights, debugfs, lockdown and signatures are warnings: each can be mended without building anew."""
    (finding,) = (one for one in check_machine(machine(tmp_path, **files)) if one.state != "ok")
    assert (finding.name, finding.state) == (name, "warn")
    assert said in finding.message
    assert finding.mend


def test_modules_that_are_switched_off_are_bad(tmp_path: Path) -> None:
    """Only a boot brings them back."""
    here = machine(tmp_path)
    (tmp_path / "proc/sys/kernel/modules_disabled").write_text("1\n", encoding="ascii")
    assert [(name, state) for name, state, _ in found(here)] == [("rights", "bad")]


def test_secure_boot_is_told(tmp_path: Path) -> None:
    """The firmware's variable has four bytes of attributes before its value."""
    here = machine(tmp_path)
    variable = tmp_path / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    variable.parent.mkdir(parents=True)
    variable.write_bytes(b"\6\0\0\0\1")
    assert [one.message for one in check_machine(here) if one.name == "Secure Boot"] == ["is on"]


def test_lines_for_people() -> None:
    """Areas have titles; a mend stands below what it mends, and nowhere else."""
    findings = (
        Finding("build", "make", "bad", "is not installed", "apt-get install make"),
        Finding("guests", "busybox", "ok", "is here", "nothing"),
    )
    assert lines_of(findings) == [
        "To build modules",
        "  bad   make     is not installed",
        "        mend: apt-get install make",
        "",
        "To run them in guests (test, try)",
        "  ok    busybox  is here",
        "",
        "To load them into this machine's kernel (run)",
    ]


def test_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """The command tells programs what it tells people, and its status is that something is bad."""
    status = main(["doctor", "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert status == int(any(finding["state"] == "bad" for finding in findings))
    assert [finding["state"] for finding in findings if finding["name"] == "Python"] == ["ok"]
    assert main(["doctor"]) == status
    printed = capsys.readouterr().out
    assert all(finding["message"] in printed for finding in findings)
