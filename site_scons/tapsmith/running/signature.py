"""Who signed a module: the name in the signature that is appended to its file.

The file ends in a PKCS#7 message without certificates, a `struct module_signature` and a line of magic
(Documentation/admin-guide/module-signing.rst).  The message names the signer by its certificate's issuer and
serial number, or by a key identifier.
"""

from __future__ import annotations

import struct

_MAGIC = b"~Module signature appended~\n"
_PKCS7 = 2
_SEQUENCE, _SET, _OID = 0x30, 0x31, 0x06
# Common name, organisation, address: what the kernel makes a key's description of.
_NAMES = (b"\x55\x04\x03", b"\x55\x04\x0a", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")


def signer(data: bytes) -> str | None:
    """Return the signer's name, empty where the signature does not tell it; None without a signature."""
    if not data.endswith(_MAGIC):
        return None
    try:
        at = len(data) - len(_MAGIC) - 12
        kind, length = struct.unpack_from(">2xB5xI", data, at)
        return _name(data[at - length : at]) if kind == _PKCS7 else ""
    except (struct.error, ValueError, IndexError):
        return ""


def _name(message: bytes) -> str:
    """Return the issuer's name of the first signer."""
    signed = _parts(_parts(_parts(message)[0][1])[1][1])[0][1]
    infos = [body for tag, body in _parts(signed) if tag == _SET][-1]
    identity = _parts(_parts(infos)[0][1])[1]
    if identity[0] != _SEQUENCE:
        return ""
    issuer = _parts(identity[1])[0][1]
    found = {}
    for _, one in _parts(issuer):
        for _, pair in _parts(one):
            (tag, kind), (_, text) = _parts(pair)
            if tag == _OID:
                found[kind] = text.decode("utf-8", "replace")
    return next((found[kind] for kind in _NAMES if kind in found), "")


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """Return the elements of DER's contents: tag and contents of each."""
    found, at = [], 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError("an element is cut short")
        found.append((tag, data[at : at + length]))
        at += length
    return found
