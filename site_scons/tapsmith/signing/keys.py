"""Keys that sign: ed25519, each in a file of its own that only its owner may read."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner

from tapsmith.diagnostics import Place, TapsmithError, fail

PASSPHRASE_VARIABLE = "TAPSMITH_PASSPHRASE"


def make_key(file: Path, with_passphrase: bool) -> str:
    """Write a new private key to a file that was not there; return its key's id.

    TapsmithError: `exists`, `cannot-write`, `bad-key` without a passphrase where one is wanted.
    """
    secret = _passphrase(f"passphrase for {file}: ", twice=True) if with_passphrase else b""
    if with_passphrase and not secret:
        raise fail("bad-key", "the passphrase is empty", Place(file), f"set {PASSPHRASE_VARIABLE}")
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
            os.fsync(stream.fileno())
    except FileExistsError:
        raise fail("exists", f"{file} is there already", Place(file), "name another file") from None
    except OSError as error:
        message = f"cannot write the key: {error.strerror}"
        raise fail("cannot-write", message, Place(file), "name a file in a directory of yours") from None
    return CryptoSigner(key).public_key.keyid


def load_keys(files: Iterable[Path]) -> dict[str, CryptoSigner]:
    """Return the keys in files, by their ids; TapsmithError `bad-key` for what is none."""
    signers = map(_load, dict.fromkeys(files))
    return {signer.public_key.keyid: signer for signer in signers}


def _load(file: Path) -> CryptoSigner:
    try:
        data = file.read_bytes()
        if file.stat().st_mode & 0o077:
            message = "others than its owner may read the private key"
            raise fail("bad-key", message, Place(file), f"chmod 600 {file}")
        secret = _passphrase(f"passphrase of {file}: ") if b"ENCRYPTED" in data else None
        key = load_pem_private_key(data, secret)
    except OSError as error:
        raise _bad(file, error.strerror or str(error)) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _bad(file, "it is damaged, or the passphrase is another") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _bad(file, "it is not of ed25519")
    return CryptoSigner(key)


def _bad(file: Path, why: str) -> TapsmithError:
    mend = f"`tapsmith sign key` makes keys; {PASSPHRASE_VARIABLE} may hold the passphrase"
    return fail("bad-key", f"cannot use the private key: {why}", Place(file), mend)


def _passphrase(prompt: str, twice: bool = False) -> bytes:
    known = os.environ.get(PASSPHRASE_VARIABLE)
    if known is not None or not sys.stdin.isatty():
        return (known or "").encode()
    secret = getpass.getpass(prompt)
    if twice and getpass.getpass("again: ") != secret:
        raise fail("bad-key", "the two passphrases differ", mend="do it again")
    return secret.encode()
