"""Signing of modules with a user's key, by the kernel's own tool, `scripts/sign-file`.

The key is read where it lies, by that tool; what is kept and shown of it is
the certificate's fingerprint.  An encrypted key's passphrase is taken from
KBUILD_SIGN_PIN, as the kernel's own build does.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.kernel import Target

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

KEY, CERTIFICATE, PIN = "MODULE_SIG_KEY", "MODULE_SIG_CERT", "KBUILD_SIGN_PIN"
SIGNED = "signed"
"""The directory of a module's signed copy, beside the module."""

_TOKEN = "pkcs11:"


@dataclass(frozen=True)
class SigningKey:
    """A key (a file, or a URI of PKCS#11), its certificate, and the SHA-256 of that."""

    key: str
    certificate: Path
    fingerprint: str


def load_signing_key(key: str | None, certificate: str | None) -> SigningKey | None:
    """Return the key to sign with, or None if neither is given.

    A file may hold both.  Raises `no-signing-key` where one is missing or cannot be read,
    `bad-signing-key` where it is none or its passphrase is wrong, `key-mismatch` where they
    do not belong together.
    """
    if not key:
        if certificate:
            raise fail("no-signing-key", f"{CERTIFICATE} is given, but no key", mend=f"give {KEY} as well")
        return None
    if key.startswith(_TOKEN) and not certificate:
        raise fail("no-signing-key", f"a key in a token needs {CERTIFICATE}", mend="give its certificate")
    path = Path(certificate or key)
    # Imported where it is used: a build that signs nothing does not wait for it.
    from cryptography.hazmat.primitives.hashes import SHA256

    found = _certificate(path, _read(path, "certificate"))
    if not key.startswith(_TOKEN):
        _check_pair(Path(key), path, found)
    return SigningKey(key, path, found.fingerprint(SHA256()).hex())


def check_kernel(target: Target, config: Mapping[str, str]) -> str:
    """Return the name of the digest by which a kernel has its modules signed.

    Raises `signatures-unsupported` where it checks none, `no-sign-file` where its tree lacks the tool.
    """
    digest = config.get("MODULE_SIG_HASH", "").strip('"')
    if config.get("MODULE_SIG") != "y" or not digest:
        message = f"kernel {target.release} checks no signatures of modules (CONFIG_MODULE_SIG)"
        raise fail("signatures-unsupported", message, mend=f"build for it without {KEY}")
    if not _tool(target).is_file():
        mend = "install its linux-kbuild package, or `make modules_prepare` in the tree"
        raise fail("no-sign-file", f"the tree of kernel {target.release} has no scripts/sign-file", mend=mend)
    return digest


def sign_module(signing: SigningKey, target: Target, digest: str, module: Path, to: Path) -> None:
    """Write `module` with its signature to `to`, whole or not at all.

    Raises `signing-failed` with what the tool said.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f".{to.name}.part")
    done = subprocess.run(
        [_tool(target), digest, signing.key, signing.certificate, module, part],
        env={**target.variables(), **_pin()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        part.unlink(missing_ok=True)
        message = f"{module.name} is not signed: the kernel's sign-file failed"
        mend = f"see what it says; {PIN} may hold the passphrase or PIN of the key"
        raise fail("signing-failed", message, mend=mend, detail=done.stderr.strip())
    os.rename(part, to)


def _pin() -> dict[str, str]:
    """Return the variable with the key's passphrase, which no compile may see."""
    return {PIN: os.environ[PIN]} if PIN in os.environ else {}


def _tool(target: Target) -> Path:
    return target.tree / "scripts/sign-file"


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the {what} to sign modules with cannot be read: {error.strerror}"
        mend = f"give the {what}'s path as {KEY if what == 'key' else CERTIFICATE}, and see who may read it"
        raise fail("no-signing-key", message, Place(path), mend) from None


def _certificate(path: Path, data: bytes) -> Certificate:
    from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

    try:
        return load_der_x509_certificate(data) if data[:1] == b"\x30" else load_pem_x509_certificate(data)
    except ValueError:
        mend = f"give an X.509 certificate as {CERTIFICATE}, as PEM or DER"
        raise fail("bad-signing-key", "the file holds no certificate", Place(path), mend) from None


def _check_pair(key: Path, path: Path, certificate: Certificate) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = _read(key, "key")
    if key.stat().st_mode & 0o004:
        message = "everybody may read the private key"
        raise fail("bad-signing-key", message, Place(key), f"chmod 600 {key}")
    pin = os.environ.get(PIN) if b"ENCRYPTED" in data else None
    try:
        own = load_pem_private_key(data, pin.encode() if pin else None).public_key()
    except TypeError:
        mend = f"put its passphrase into the environment, as {PIN}"
        raise _bad(key, "the private key is encrypted", mend) from None
    except (ValueError, UnsupportedAlgorithm):
        why = f"the passphrase in {PIN} is another" if pin else "the file holds no private key in PEM"
        raise _bad(key, why, f"give the key of the certificate as {KEY}") from None
    if own != certificate.public_key():
        message = f"the key does not belong to the certificate {path}"
        raise fail("key-mismatch", message, Place(key), "give the two that were made together")


def _bad(key: Path, why: str, mend: str) -> TapsmithError:
    return fail("bad-signing-key", why, Place(key), mend)
