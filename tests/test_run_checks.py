"""What is refused before a module is loaded, with the mend, on machines that are none."""

from __future__ import annotations

import lzma
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import Modules
from run_stub import MODULE, RELEASE, module, write
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.commands.run import find_module
from tapsmith.diagnostics import Problem
from tapsmith.running.checks import check
from tapsmith.running.module_file import ModuleFile
from tapsmith.running.system import System

LOCKDOWN = {"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}
ENFORCED = {"sys/module/module/parameters/sig_enforce": "Y\n"}
SECURE_BOOT = {
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c": b"\x06\0\0\0\1",
}
KEYS = {
    "proc/keys": "0b1c5f3e I------     1 perm 1f030000     0     0 asymmetri "
    "Debian Secure Boot CA: 6ccece7e: X509.rsa 6ccece7e []\n"
    "0f0f I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 1\n",
}


def problems(
    root: Path, files: Mapping[str, str | bytes], file: ModuleFile = MODULE, **parameters: str
) -> tuple[Problem, ...]:
    """Return what the checks find on a machine with these files."""
    return check(file, parameters, write(root, files))


def test_what_fits_is_not_refused(tmp_path: Path) -> None:
    """Nor is what cannot be known."""
    assert problems(tmp_path, {}, ROOM="5") == ()
    assert problems(tmp_path, {"proc/kallsyms": "0 T jiffies\n", "proc/keys": ""}) == ()


@pytest.mark.parametrize(
    ("files", "changes", "code", "mend"),
    [
        ({"proc/self/status": "CapEff:\t0000000000000000\n"}, {}, "need-root", "sudo"),
        ({"proc/self/status": "CapEff:\t0000000000010000\n", "proc/sys/kernel/dmesg_restrict": "1\n"}, {},
         "need-root", "CAP_SYSLOG"),
        ({"proc/sys/kernel/modules_disabled": "1\n"}, {}, "modules-disabled", "reboot"),
        ({}, {"vermagic": "6.12.1 SMP"}, "wrong-kernel", f"`./sconsw one KERNEL={RELEASE}`"),
        (LOCKDOWN, {}, "unsigned-module", "mokutil --import"),
        (ENFORCED, {}, "unsigned-module", "`./sconsw one MODULE_SIG_KEY="),
        ({**ENFORCED, **KEYS}, {"signer": "Modules of ours"}, "unknown-signer", "mokutil --import"),
        ({}, {"imports": {"_printk": 1, "gone": 2}}, "missing-symbol", "KERNEL="),
    ],
)  # fmt: skip
def test_each_refusal_has_its_mend(
    tmp_path: Path, files: Mapping[str, str | bytes], changes: Mapping[str, object], code: str, mend: str
) -> None:
    """One code, a sentence, and what to do."""
    (problem,) = problems(tmp_path, files, module(**changes))
    assert problem.code == code
    assert mend in (problem.mend or "")


def test_parameters_are_checked(tmp_path: Path) -> None:
    """All of them at once, with what the module has."""
    found = problems(tmp_path, {}, ROM="5", X='"')
    assert [problem.code for problem in found] == ["unknown-parameter", "unknown-parameter", "bad-parameter"]
    assert found[0].mend == "did you mean `ROOM`? its parameters are ROOM"
    (none,) = problems(tmp_path, {}, module(parameters={}), X="1")
    assert none.mend == "it has no parameters"


def test_secure_boot_is_named(tmp_path: Path) -> None:
    """Who locked the kernel down is what people look for."""
    (problem,) = problems(tmp_path, {**LOCKDOWN, **SECURE_BOOT})
    assert "locked down (integrity, by Secure Boot)" in problem.message


def test_a_signer_that_the_kernel_knows_is_let_pass(tmp_path: Path) -> None:
    """So is one of whom nothing can be said: then the kernel has the word."""
    files = {**ENFORCED, **KEYS}
    assert problems(tmp_path, files, module(signer="Debian Secure Boot CA")) == ()
    assert problems(tmp_path, files, module(signer="")) == ()
    assert problems(tmp_path / "no keys", ENFORCED, module(signer="Modules of ours")) == ()
    (problem,) = problems(tmp_path, files, module(signer="Modules of ours"))
    assert problem.detail == "it knows `Debian Secure Boot CA`"


def test_versions_of_symbols_are_compared_with_the_headers(tmp_path: Path) -> None:
    """The same release, built another time, is another kernel."""
    symvers = (
        "0x00000001\t_printk\tvmlinux\tEXPORT_SYMBOL\t\n0x00000009\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"
    )
    (problem,) = problems(tmp_path, {f"lib/modules/{RELEASE}/build/Module.symvers": symvers})
    assert (problem.code, "`module_layout` differ" in problem.message) == ("symbol-version", True)


def test_versions_of_symbols_are_compared_with_the_kernel_s_modules(tmp_path: Path) -> None:
    """Where there are no headers they tell, packed or not; what is broken tells nothing."""
    below = f"lib/modules/{RELEASE}/kernel/fs"
    files: dict[str, str | bytes] = {f"{below}/a.ko": b"broken", f"{below}/b.ko.xz": b"broken"}
    assert problems(tmp_path, files) == ()
    files[f"{below}/c.ko.xz"] = lzma.compress(elf_with_versions({"module_layout": 2, "_printk": 7}))
    (problem,) = problems(tmp_path, files)
    assert "`_printk` differ" in problem.message


def test_run_builds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A probe that is not built is refused with the command that does it, a program gets that as JSON."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("tapsmith.commands.run.project_root", lambda: tmp_path)
    assert main(["run", "hello"]) == 2
    assert "[not-built]" in (said := capsys.readouterr().err)
    assert "`./sconsw hello KERNEL=" in said
    assert main(["run", str(tmp_path / "x.ko"), "--json"]) == 2
    assert '"code": "missing-file"' in capsys.readouterr().out
    assert main(["run", "hello", "--duration", "long"]) == 2
    assert main(["stop", "hello", "--all"]) == 2
    assert "[bad-option]" in capsys.readouterr().err


def test_the_signed_copy_is_taken_where_there_is_one(
    tmp_path: Path, modules: Modules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the module itself, each from the project's build directory."""
    below = tmp_path / "build" / System().release / "hello"
    (below / "signed").mkdir(parents=True)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("tapsmith.commands.run.project_root", lambda: tmp_path)
    for path in (below / "hello.ko", below / "signed/hello.ko"):
        path.write_bytes(modules.path("hello").read_bytes())
        assert find_module("hello").path == path


def elf_with_versions(versions: Mapping[str, int]) -> bytes:
    """Return an ELF file that has a section `__versions` and no other."""
    table = b"".join(struct.pack("<Q56s", version, name.encode()) for name, version in versions.items())
    names = b"\0__versions\0.names\0"
    head = b"\x7fELF\x02\x01".ljust(40, b"\0") + struct.pack("<Q", 64 + len(table) + len(names))
    head += bytes(10) + struct.pack("<HHH", 64, 3, 2)
    sections = struct.pack("<IIQQQQ24x", 0, 0, 0, 0, 0, 0)
    sections += struct.pack("<IIQQQQ24x", 1, 1, 0, 0, 64, len(table))
    sections += struct.pack("<IIQQQQ24x", 12, 3, 0, 0, 64 + len(table), len(names))
    return head + table + names + sections
