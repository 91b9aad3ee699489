"""`tapsmith bundle`: one file that runs a probe where there is Python and nothing else."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives import serialization

import guest_python
from packaged import FILES, NAME, SAID
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.guest import run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Target, find_target
from tapsmith.kernelcache import cache_dir
from tapsmith.shipping.bundle import imported
from test_module_signing import make_certificate, make_key

Capture = pytest.CaptureFixture[str]
KERNELS = ("6.1-cloud", "6.12-cloud")
_SCRIPT = """\
scene() {
    name=$1; shift
    /python/bin/python3 "$@" >/out/$name.out 2>/out/$name.err
    echo $? >/out/$name.status
}
scene run /both.pyz -c 'wc /proc/version'
scene other /other.pyz --duration 1s
ls /tmp /sys/module
scene killed /both.pyz &
until [ -e /sys/module/{name} ]; do usleep 50000; done
kill -9 $(sed 's/.*"pid": \\([0-9]*\\).*/\\1/' /run/tapsmith/{name}.json)
wait
ls -d /sys/module/{name}
scene stop /both.pyz --stop
[ -e /sys/module/{name} ] || echo gone
"""


@dataclass(frozen=True)
class Made:
    """Bundles, and the kernels that they are for."""

    home: Path
    targets: tuple[Target, ...]

    @property
    def both(self) -> Path:
        """The one for all of them."""
        return self.home / "both.pyz"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A bundle for two kernels, made twice, one for the second kernel alone, signed."""
    home: Path = tmp_path_factory.mktemp("bundles")
    for name, text in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    key, certificate = _pair(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("PYTHONPATH", str(ROOT / "site_scons"))
        for file in ("both.pyz", "again.pyz"):
            assert main(["bundle", NAME, "--kernel", ",".join(KERNELS), "-o", file]) == 0
        options = ["--sign-key", str(key), "--sign-cert", str(certificate), "-o", "other.pyz"]
        assert main(["bundle", NAME, "--kernel", KERNELS[1], *options]) == 0
    return Made(home, tuple(find_target(name, progress=print, image=True) for name in KERNELS))


def _pair(home: Path) -> tuple[Path, Path]:
    key = make_key()
    path, certificate = home / "key.pem", home / "key.der"
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(kind, form, serialization.NoEncryption()))
    path.chmod(0o600)
    certificate.write_bytes(make_certificate(key, "ours").public_bytes(serialization.Encoding.DER))
    return path, certificate


def run(bundle: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a bundle as a program with Python's own modules only."""
    command = [sys.executable, "-I", "-S", str(bundle), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_counts_where_there_is_only_python(made: Made, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The module of the guest's kernel is chosen and loaded; a bundle without one says what it has."""
    needed = ("tapsmith.bundled.main", "zipimport", "encodings.cp437")
    found = guest_python.files(cache_dir(), tmp_path_factory.mktemp("compiled"), *needed)
    # Nothing of tapsmith but what is in the bundle.
    files = {name: file for name, file in found.items() if not name.startswith("/python/site/")}
    files |= {f"/{name}.pyz": GuestFile(made.home / f"{name}.pyz", 0o755) for name in ("both", "other")}
    target = made.targets[0]
    result = run_guest(target.require_image(), _SCRIPT.replace("{name}", NAME), files, timeout_s=120)
    said = {name: data.decode() for name, data in result.files.items()}
    assert said["run.status"] == "0\n", said
    assert SAID[0].removeprefix(f"{NAME}: ") in said["run.out"]
    assert said["other.status"] == "119\n", said
    assert "[no-module-for-kernel]" in said["other.err"]
    assert f"it has {made.targets[1].release}" in said["other.err"]
    listed, _, killed = result.output.partition(f"/sys/module/{NAME}\n")
    assert NAME not in listed
    assert "tapsmith-" not in listed
    assert said["stop.status"] == "0\n", said
    assert killed == "gone\n"


def test_a_directory_is_no_place(made: Made, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before anything is built."""
    monkeypatch.chdir(made.home)
    assert main(["bundle", NAME, "--kernel", "no-such-kernel", "-o", "."]) == 2
    assert "[cannot-write]" in capsys.readouterr().err


def test_the_same_bytes_each_time(made: Made) -> None:
    """And the file is a program."""
    assert made.both.read_bytes() == (made.home / "again.pyz").read_bytes()
    assert made.both.stat().st_mode & 0o777 == 0o755


def test_it_needs_the_standard_library_of_3_9(made: Made) -> None:
    """Each source is of that syntax, and imports that library or what is in the bundle."""
    with ZipFile(made.both) as bundle:
        sources = {name: bundle.read(name).decode() for name in bundle.namelist() if name.endswith(".py")}
    for name, text in sources.items():
        tree = ast.parse(text, feature_version=(3, 9))
        froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = [
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        ]
        roots = {module.split(".")[0] for module in froms + names}
        assert roots - {"tapsmith"} <= sys.stdlib_module_names, name
        for module in imported(text):
            path = module.replace(".", "/")
            parent = path.rpartition("/")[0]
            assert {f"{path}.py", f"{path}/__init__.py", f"{parent}.py"} & sources.keys(), (name, module)


def test_it_tells_what_it_holds(made: Made) -> None:
    """Each module with its kernel, SHA-256, bill of materials and whose signature it has."""
    told = json.loads(run(made.both, "--holds", "--json").stdout)
    assert (told["probe"], told["version"]) == (NAME, "1.2.0-rc.1")
    releases = [target.release for target in made.targets]
    assert [module["release"] for module in told["modules"]] == releases
    assert [module["vermagic"].split()[0] for module in told["modules"]] == releases
    for module in told["modules"]:
        file = made.home / f"build/{module['release']}/{NAME}/{NAME}.ko"
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert (module["sha256"], module["signer"]) == (digest, "")
        bill = json.loads(run(made.both, "--sbom", "--for-kernel", module["release"]).stdout)
        assert bill["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    (signed,) = json.loads(run(made.home / "other.pyz", "--holds", "--json").stdout)["modules"]
    assert signed["signer"] == "Modules of ours"


def test_a_signed_module_goes_in_with_its_signature(made: Made, tmp_path: Path) -> None:
    """What `--extract` writes is the module and its signature."""
    release = made.targets[1].release
    assert (
        run(made.home / "other.pyz", "--extract", str(tmp_path / "x.ko"), "--for-kernel", release).returncode
        == 0
    )
    data = (tmp_path / "x.ko").read_bytes()
    assert data.startswith((made.home / f"build/{release}/{NAME}/{NAME}.ko").read_bytes())
    assert data.endswith(b"~Module signature appended~\n")


def _without(files: Mapping[str, bytes], to: Path) -> Path:
    with ZipFile(to, "w") as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return to


def test_a_damaged_one_is_refused(made: Made, tmp_path: Path) -> None:
    """A module of another hash, a missing one, an index that is none: nothing is loaded of it."""
    with ZipFile(made.both) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    release = made.targets[0].release
    name = f"modules/{release}/{NAME}.ko"
    cases = {
        "other": files | {name: files[name][:-1] + b"x"},
        "missing": {file: data for file, data in files.items() if file != name},
        "index": files | {"bundle.json": b"{}"},
        "format": files | {"bundle.json": files["bundle.json"].replace(b'"format": 1', b'"format": 9')},
    }
    for case, content in cases.items():
        done = run(_without(content, tmp_path / f"{case}.pyz"), "--for-kernel", release, "--json")
        assert done.returncode == 2, case
        errors = json.loads(done.stdout)["errors"]
        assert [error["code"] for error in errors] == ["damaged-bundle"], case
        assert done.stderr == "", case
        assert run(tmp_path / f"{case}.pyz", "--holds").returncode == 2, case


def test_without_the_library_for_bills(made: Made, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundle has none, which is said."""
    monkeypatch.chdir(made.home)
    monkeypatch.delitem(sys.modules, "tapsmith.sbom", raising=False)
    monkeypatch.delattr("tapsmith.sbom", raising=False)
    monkeypatch.setitem(sys.modules, "cyclonedx", None)
    monkeypatch.setitem(sys.modules, "cyclonedx.contrib.license.factories", None)
    assert main(["bundle", NAME, "--kernel", KERNELS[0], "-o", "plain.pyz", "--json"]) == 0
    printed = capsys.readouterr()
    assert "without bills of materials" in printed.err
    told = json.loads(printed.out)
    assert told["sha256"] == hashlib.sha256((made.home / "plain.pyz").read_bytes()).hexdigest()
    done = run(made.home / "plain.pyz", "--sbom", "--for-kernel", told["kernels"][0])
    assert (done.returncode, done.stdout) == (2, "")
    assert "without a bill" in done.stderr
