"""`tapsmith package`: what is in the packages, and that the modules count."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from conftest import Project
from howto import check_howto, read_howto
from packaged import FILES, NAME, SAID, contents, field, unpack
from scons_project import ROOT, files
from tapsmith import kbuild
from tapsmith.cli import main
from tapsmith.kernel import Target
from tapsmith.probe import load_probe
from tapsmith.trial import try_module

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a probe that can be packaged; it is the current directory."""
    made = project(FILES)
    monkeypatch.chdir(made)
    monkeypatch.setenv("PYTHONPATH", str(Path(kbuild.__file__).parents[1]))
    return made


def package(capsys: Capture, *options: str) -> list[dict[str, str]]:
    """Run the command, and return what it tells of the packages."""
    assert main(["package", NAME, *options, "--json"]) == 0
    packages: list[dict[str, str]] = json.loads(capsys.readouterr().out)["packages"]
    return packages


def test_a_built_module(home: Path, capsys: Capture, any_kernel: Target) -> None:
    """It goes into a package for one kernel, with the same bytes each time, and counts as it should."""
    release = any_kernel.release
    (told,) = package(capsys, "--deb", "--kernel", release)
    file = Path(told["file"])
    assert file.name == f"shipped-reads-modules-{release}_1.2.0~rc.1_amd64.deb"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == told["sha256"]
    assert field(file, "Depends") == f"linux-image-{release} | linux-image-{release}-unsigned, kmod"
    assert field(file, "Maintainer") == "Some Body <some@body.example>"
    place = f"lib/modules/{release}/updates/tapsmith/{NAME}.ko"
    document = f"usr/share/doc/shipped-reads-modules-{release}/copyright"
    assert contents(file) == {f"./{name}": "-rw-r--r-- root/root" for name in (place, document)}
    shutil.rmtree("build")
    (again,) = package(capsys, "--deb", "--kernel", release, "-o", "again")
    assert again["sha256"] == told["sha256"]
    module = unpack(file, home / "root") / place
    assert b"\0version=1.2.0-rc.1\0" in module.read_bytes()
    assert try_module(module, any_kernel, load_probe(Path("probes") / NAME).workload).messages == SAID


def test_source_for_dkms(home: Path, capsys: Capture, kernel: Target) -> None:
    """A kernel's own build needs no more; what the kernel has is found out there, and the module counts."""
    (told,) = package(capsys, "--dkms")
    file = Path(told["file"])
    assert (file.name, field(file, "Depends")) == ("shipped-reads-dkms_1.2.0~rc.1_all.deb", "dkms")
    source = unpack(file, home / "root") / f"usr/src/{NAME}-1.2.0-rc.1"
    plain = home / f"{NAME}-1.2.0-rc.1"
    assert {path.name for path in plain.iterdir()} == {path.name for path in source.iterdir()} | {"copyright"}
    (home / "elsewhere").mkdir()
    for others in ("probes", "fragments", "manifests"):
        shutil.move(others, home / "elsewhere" / others)
    done = kbuild.make(kernel, source)
    assert done.returncode == 0, done.stdout + done.stderr
    answers = (source / "capabilities.h").read_text(encoding="utf-8").splitlines()
    assert answers == [
        "#define KERNEL_HAS_KERNEL_HEADER 1",
        "/* no KERNEL_HAS_NOT_EXPORTED: kallsyms_lookup_name is not exported */",
        "/* no KERNEL_HAS_NO_SUCH_CALL: it does not compile */",
    ]
    workload = load_probe(home / "elsewhere/probes" / NAME).workload
    assert try_module(source / f"{NAME}.ko", kernel, workload).messages == SAID


def test_a_kernel_out_of_range(home: Path, capsys: Capture, any_kernel: Target) -> None:
    """The build for it fails, and tells which fragment is for others."""
    manifest = home / "manifests/asks.yaml"
    text = manifest.read_text(encoding="utf-8").replace("license:", 'kernel: ">=6, <6.1"\nlicense:')
    manifest.write_text(text, encoding="utf-8")
    package(capsys, "--dkms")
    done = kbuild.make(any_kernel, home / f"{NAME}-1.2.0-rc.1")
    assert done.returncode != 0
    assert re.findall(r"error: #error (.*)", done.stderr) == ['"asks is for kernels >=6, <6.1"']


def test_no_answer_is_made_up(home: Path, capsys: Capture, any_kernel: Target) -> None:
    """A compiler that fails for another reason than the C ends the build."""
    package(capsys, "--dkms")
    source = home / f"{NAME}-1.2.0-rc.1"
    script = source / "ask.sh"
    script.write_text(script.read_text(encoding="utf-8").replace('"$@" -c', "false -c"), encoding="utf-8")
    assert kbuild.make(any_kernel, source).returncode != 0
    assert not (source / "capabilities.h").exists()


def test_the_same_source_each_time(home: Path, capsys: Capture) -> None:
    """Packages of sources are the same bytes, too; the second takes the place of the first."""
    first = package(capsys, "--dkms")
    (home / f"{NAME}-1.2.0-rc.1/stale").touch()
    assert package(capsys, "--dkms") == first
    assert not (home / f"{NAME}-1.2.0-rc.1/stale").exists()


def test_what_is_no_source_stays(home: Path, capsys: Capture) -> None:
    """A directory of the same name that somebody else made is not replaced."""
    (home / f"{NAME}-1.2.0-rc.1").mkdir()
    (home / f"{NAME}-1.2.0-rc.1/mine").touch()
    before = sorted(home.rglob("*"))
    assert main(["package", NAME, "--dkms"]) == 2
    assert "[exists]" in capsys.readouterr().err
    assert sorted(home.rglob("*")) == before


def test_version_and_author_must_be_there(home: Path, capsys: Capture) -> None:
    """Both are told of at once, and nothing is written."""
    file = home / f"probes/{NAME}/probe.yaml"
    text = file.read_text(encoding="utf-8").replace("version: 1.2.0-rc.1\n", "")
    file.write_text(text.replace("<some@body.example>", ""), encoding="utf-8")
    before = sorted(home.rglob("*"))
    assert main(["package", NAME, "--dkms", "--json"]) == 2
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert [(error["code"], error["line"]) for error in errors] == [("no-version", 1), ("no-maintainer", 2)]
    assert sorted(home.rglob("*")) == before


def test_a_kernel_is_not_for_dkms(home: Path, capsys: Capture) -> None:
    """It would not do what it says."""
    assert main(["package", NAME, "--dkms", "--kernel", "6.1-cloud"]) == 2
    assert "[bad-option]" in capsys.readouterr().err


def test_dpkg_deb_is_needed(home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named where it is missing, and no half of a package is left."""
    monkeypatch.setenv("PATH", str(home))
    assert main(["package", NAME, "--dkms", "-o", "made"]) == 2
    assert "[missing-tool]" in capsys.readouterr().err
    assert not list((home / "made").iterdir())


def test_the_page_runs(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What docs/shipping.md shows is what one sees."""
    howto = read_howto((ROOT / "docs/shipping.md").read_text(encoding="utf-8"))
    assert (len(howto.commands), len(howto.shown)) == (4, 12)
    home = tmp_path_factory.mktemp("shipping") / "home"
    project(files()).rename(home)
    check_howto(howto, home)
