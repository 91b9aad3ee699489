"""Modules signed with a user's key, by the kernel's own tool."""

from __future__ import annotations

import datetime
import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conftest import Project
from debian_packages import unpacked
from howto import check_howto, read_howto
from scons_project import ROOT, Run, files, module, scons
from tapsmith.diagnostics import TapsmithError
from tapsmith.guest import run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Target
from tapsmith.kernelcache import cache_dir
from tapsmith.module_signing import check_kernel
from tapsmith.qemu import Machine
from test_scons import KERNEL, edit

MAGIC = b"~Module signature appended~\n"
PASSPHRASE = "a passphrase"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """openssl and modinfo, from Debian's packages."""
    home = unpacked(cache_dir(), "signing-tools", ("openssl", "libssl3", "kmod", "libzstd1", "liblzma5"))
    programs = [str(home / part) for part in ("usr/bin", "bin", "usr/sbin", "sbin")]
    libraries = [str(home / part / "x86_64-linux-gnu") for part in ("usr/lib", "lib")]
    monkeypatch.setenv("PATH", ":".join([*programs, os.environ["PATH"]]))
    monkeypatch.setenv("LD_LIBRARY_PATH", ":".join(libraries))
    monkeypatch.setenv("OPENSSL_CONF", str(home / "etc/ssl/openssl.cnf"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two pairs, `ours` and `theirs`, each locked as well, and files that are none."""
    home = tmp_path_factory.mktemp("keys")
    for name in ("ours", "theirs"):
        key = make_key()
        _write_key(home / f"{name}.pem", key, serialization.NoEncryption())
        _write_key(home / f"{name}.locked", key, serialization.BestAvailableEncryption(PASSPHRASE.encode()))
        certificate = make_certificate(key, name)
        (home / f"{name}.der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
        (home / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (home / "open.pem").write_bytes((home / "ours.pem").read_bytes())
    (home / "open.pem").chmod(0o644)
    both = (home / "ours.pem").read_bytes() + (home / "ours.crt").read_bytes()
    (home / "both.pem").write_bytes(both)
    (home / "both.pem").chmod(0o600)
    (home / "nothing").write_text("nothing\n", encoding="utf-8")
    (home / "nothing").chmod(0o600)
    return home


def _write_key(path: Path, key: rsa.RSAPrivateKey, lock: serialization.KeySerializationEncryption) -> None:
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
    path.chmod(0o600)


def make_key() -> rsa.RSAPrivateKey:
    """Return a fresh key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_certificate(key: rsa.RSAPrivateKey, name: str) -> x509.Certificate:
    """Return a certificate as `openssl req -x509` makes it for modules, with the key's identifier."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Modules of {name}")])
    start = datetime.datetime(2026, 1, 1)
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def sign(directory: Path, key: Path | str, certificate: Path | str = "", *arguments: str) -> Run:
    """Build with a key; an empty certificate is left out."""
    given = [f"MODULE_SIG_KEY={key}"] if key else []
    given += [f"MODULE_SIG_CERT={certificate}"] if certificate else []
    return scons(directory, KERNEL, *given, *arguments)


def signed(directory: Path, name: str) -> Path:
    """Return where the signed copy of a probe's module is."""
    path = module(directory, name)
    assert path
    return path.parent / "signed" / path.name


def verify(path: Path, certificate: Path, scratch: Path) -> None:
    """Check a module's signature by openssl, against what stands before it."""
    data = path.read_bytes()
    assert data.endswith(MAGIC)
    end = len(data) - len(MAGIC)
    size = int.from_bytes(data[end - 4 : end], "big")
    (scratch / "signature").write_bytes(data[end - 12 - size : end - 12])
    (scratch / "content").write_bytes(data[: end - 12 - size])
    subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", scratch / "signature", "-content",
         scratch / "content", "-certfile", certificate, "-nointern", "-noverify", "-out", "/dev/null"],
        check=True, capture_output=True,
    )  # fmt: skip


def info(path: Path, field: str) -> str:
    """Return what modinfo says of a module."""
    command = ["modinfo", "-F", field, path]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.usefixtures("tools")
def test_a_signed_copy(project: Project, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is the module with a signature that openssl verifies; the module itself is as without a key."""
    directory = project(files())
    assert scons(directory, KERNEL).status == 0
    plain = module(directory, "one")
    assert plain
    before = plain.read_bytes()
    run = sign(directory, keys / "ours.pem", keys / "ours.der")
    assert run.status == 0, run.output
    assert run.rebuilt == set()
    assert plain.read_bytes() == before
    assert signed(directory, "one").read_bytes().startswith(before)
    scratch = tmp_path_factory.mktemp("scratch")
    verify(signed(directory, "one"), keys / "ours.crt", scratch)
    with pytest.raises(subprocess.CalledProcessError):
        verify(signed(directory, "one"), keys / "theirs.crt", scratch)
    told = subprocess.run(
        ["modinfo", signed(directory, "one")], capture_output=True, text=True, check=True
    ).stdout
    fields = {line.split(":")[0]: line.partition(":")[2].strip() for line in told.splitlines()}
    assert (fields["signer"], fields["sig_hashalgo"]) == ("Modules of ours", "sha256")
    assert "is up to date" in sign(directory, keys / "ours.pem", keys / "ours.der").output


@pytest.mark.usefixtures("tools")
def test_another_key_signs_anew_and_builds_nothing(project: Project, keys: Path, tmp_path: Path) -> None:
    """Only the step after the link runs; certificates may be PEM, and keys locked or with the certificate."""
    directory = project(files())
    assert sign(directory, keys / "ours.pem", keys / "ours.crt", "one").status == 0
    run = sign(directory, keys / "theirs.pem", keys / "theirs.crt", "one")
    assert (run.status, run.rebuilt) == (0, set())
    verify(signed(directory, "one"), keys / "theirs.crt", tmp_path)
    assert sign(directory, keys / "both.pem", "", "one").status == 0
    verify(signed(directory, "one"), keys / "ours.crt", tmp_path)


@pytest.mark.usefixtures("tools")
def test_a_passphrase_comes_from_the_environment(
    project: Project, keys: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As for the kernel's own build, in KBUILD_SIGN_PIN."""
    directory = project(files())
    monkeypatch.setenv("KBUILD_SIGN_PIN", PASSPHRASE)
    run = sign(directory, keys / "ours.locked", keys / "ours.crt", "one")
    assert run.status == 0, run.output
    assert PASSPHRASE not in run.output
    verify(signed(directory, "one"), keys / "ours.crt", tmp_path)


def test_the_key_is_nowhere(
    project: Project, keys: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither the key nor its path is in the project, scons' notes or a cache; nor is what it signed."""
    directory, shared = project(files()), tmp_path_factory.mktemp("shared")
    run = sign(directory, keys / "ours.pem", keys / "ours.der", f"CACHE={shared}", "--debug=explain")
    assert run.status == 0, run.output
    secret = (keys / "ours.pem").read_bytes().split(b"\n")[1]
    kept = [path.read_bytes() for home in (directory, shared) for path in home.rglob("*") if path.is_file()]
    assert not [data for data in kept if secret in data or bytes(keys) in data]
    assert str(keys) not in run.output
    cached = [path.read_bytes() for path in shared.rglob("*") if path.is_file()]
    assert len(cached) >= 3
    assert not [data for data in cached if MAGIC in data]


def test_no_signed_copy_outlives_its_source(project: Project, keys: Path) -> None:
    """A build without a key takes away the copy of what it makes anew; so does a refusal."""
    directory = project(files())
    assert sign(directory, keys / "ours.pem", keys / "ours.der").status == 0
    copies = {name: signed(directory, name) for name in ("one", "three")}
    edit(directory / "probes/one/one.c", "> 9", "> 8")
    edit(directory / "probes/three/probe.yaml", "tock:", "tock1:")
    assert scons(directory, KERNEL, "-k").status == 2
    assert not copies["one"].exists()
    assert not copies["three"].exists()
    assert signed(directory, "two").is_file()
    assert scons(directory, KERNEL, "-c").status == 0
    assert not [path for path in (directory / "build").rglob("*") if path.is_file()]


REFUSED = {
    "missing key": ("none.pem", "ours.crt", "no-signing-key", "none.pem: error: the key"),
    "missing certificate": ("ours.pem", "none.crt", "no-signing-key", "none.crt: error: the certificate"),
    "a directory": ("", "ours.crt", "no-signing-key", "MODULE_SIG_KEY"),
    "no key": ("nothing", "ours.crt", "bad-signing-key", "holds no private key"),
    "no certificate": ("ours.pem", "nothing", "bad-signing-key", "holds no certificate"),
    "the key alone": ("ours.pem", "", "bad-signing-key", "MODULE_SIG_CERT"),
    "another's": ("ours.pem", "theirs.crt", "key-mismatch", "made together"),
    "locked": ("ours.locked", "ours.crt", "bad-signing-key", "KBUILD_SIGN_PIN"),
    "open": ("open.pem", "ours.crt", "bad-signing-key", "chmod 600"),
    "token": ("pkcs11:object=mine", "", "no-signing-key", "certificate"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_is_refused_before_anything_is_built(project: Project, keys: Path, case: str) -> None:
    """Each has its mend, and none a traceback."""
    key, certificate, code, said = REFUSED[case]
    directory = project(files())
    paths = [str(keys / name) if name and ":" not in name else name for name in (key, certificate)]
    run = sign(directory, *paths)
    assert run.status == 2
    assert f"[{code}]" in run.output
    assert said in run.output
    assert "  mend: " in run.output
    assert "Traceback" not in run.output
    assert not list((directory / "build").rglob("*.[ck]*"))


def test_a_wrong_passphrase(project: Project, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told from a missing one, and not shown."""
    monkeypatch.setenv("KBUILD_SIGN_PIN", "not it")
    run = sign(project(files()), keys / "ours.locked", keys / "ours.crt")
    assert run.status == 2
    assert "the passphrase in KBUILD_SIGN_PIN is another" in run.output
    assert "not it" not in run.output


def test_a_token_that_is_not_there(project: Project, keys: Path) -> None:
    """What the kernel's tool says of a key in a token is shown, and nothing is left."""
    directory = project(files())
    run = sign(directory, "pkcs11:object=mine", keys / "ours.crt", "one")
    assert run.status == 2
    assert "[signing-failed]" in run.output
    assert "pkcs11" in run.output
    assert not list((directory / "build").rglob("*.part"))
    assert not signed(directory, "one").exists()


def test_kernels_that_cannot(tmp_path: Path) -> None:
    """One that checks no signatures, and one whose tree lacks the tool."""
    target = Target("6.1.0", tmp_path)
    with pytest.raises(TapsmithError, match="signatures-unsupported"):
        check_kernel(target, {"MODULE_SIG_HASH": '"sha256"'})
    with pytest.raises(TapsmithError, match="no-sign-file"):
        check_kernel(target, {"MODULE_SIG": "y", "MODULE_SIG_HASH": '"sha256"'})


def test_a_kernel_that_enforces_signatures(kernel: Target, project: Project, keys: Path) -> None:
    """It loads neither a module without a signature nor one by a key that it does not know, and says which.

    Without enforcement the signed one is loaded, as any.
    """
    directory = project(files())
    run = scons(
        directory, f"KERNEL={kernel.release}", "one",
        f"MODULE_SIG_KEY={keys}/ours.pem", f"MODULE_SIG_CERT={keys}/ours.der",
    )  # fmt: skip
    assert run.status == 0, run.output
    plain, copy = module(directory, "one"), signed(directory, "one")
    assert plain
    given = {"/plain.ko": GuestFile(plain), "/signed.ko": GuestFile(copy)}
    script = "for name in plain signed; do insmod /$name.ko 2>&1; done; true"
    strict = run_guest(kernel.require_image(), script, given, machine=Machine(append="module.sig_enforce=1"))
    assert [line.rpartition(": ")[2] for line in strict.output.splitlines()] == 2 * [
        "Key was rejected by service"
    ]
    log = "\n".join(strict.log)
    assert "Loading of unsigned module is rejected" in log
    assert "Loading of module with unavailable key is rejected" in log
    lax = run_guest(kernel.require_image(), "insmod /signed.ko && rmmod one && echo loaded", given)
    assert lax.output == "loaded\n"


@pytest.mark.usefixtures("tools")
def test_the_page_of_signing_runs(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What docs/signing-modules.md shows is what one sees; MOKs are enrolled by hand only."""
    page = (ROOT / "docs/signing-modules.md").read_text(encoding="utf-8").partition("## Have the machine")[0]
    howto = read_howto(page)
    assert (len(howto.commands), len(howto.shown)) == (3, 4)
    home = tmp_path_factory.mktemp("signing") / "home"
    project(files()).rename(home)
    check_howto(howto, home)
