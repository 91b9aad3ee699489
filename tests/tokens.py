"""A service that gives anybody tokens for reading, as those of public registries do, for docker-registry."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from webserver import Asked, Reply, Server, serve

_CONFIG = """\
auth:
  token: {{realm: "{url}/token", service: tests, issuer: tests, rootcertbundle: {file}}}
"""


@dataclass(frozen=True)
class TokenService:
    """The service, and the lines by which docker-registry trusts it."""

    server: Server
    config: str


@contextmanager
def tokens(scratch: Path, actions: tuple[str, ...] = ("pull",)) -> Iterator[TokenService]:
    """Run the service while the block runs; its tokens allow `actions` on whatever is asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    valid = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = valid.sign(key, hashes.SHA256())
    file = scratch / "tokens.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    chain = [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]

    def answer(asked: Asked) -> Reply:
        told = parse_qs(urlsplit(asked.path).query)
        _, repository, _ = told["scope"][0].split(":")
        access = [{"type": "repository", "name": repository, "actions": list(actions)}]
        token = _sign(key, {"typ": "JWT", "alg": "ES256", "x5c": chain}, _claims(told["service"][0], access))
        return Reply(json.dumps({"token": token}).encode())

    with serve(answer) as server:
        yield TokenService(server, _CONFIG.format(url=server.url, file=file))


def _claims(service: str, access: object) -> dict[str, object]:
    now = int(time.time())
    valid = {"nbf": now - 60, "iat": now - 60, "exp": now + 60}
    return {"iss": "tests", "sub": "", "aud": service, **valid, "jti": "1", "access": access}


def _sign(key: ec.EllipticCurvePrivateKey, header: object, claims: object) -> str:
    text = ".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
    r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{_encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
