"""The few things of an ELF file that the runner asks for: its sections."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_MAGIC = b"\x7fELF\x02\x01"
_NOBITS = 8


def sections(data: bytes) -> Mapping[str, bytes]:
    """Return the contents of a 64-bit little-endian file's sections by name; ValueError if it is none."""
    if not data.startswith(_MAGIC):
        raise ValueError("it is no 64-bit little-endian ELF file")
    try:
        (table,) = struct.unpack_from("<Q", data, 40)
        size, count, names = struct.unpack_from("<HHH", data, 58)
        heads = [struct.unpack_from("<IIQQQQ", data, table + size * number) for number in range(count)]
        texts = data[heads[names][4] :][: heads[names][5]]
        return {
            texts[name : texts.index(b"\0", name)].decode("ascii"): data[offset : offset + length]
            for name, kind, _, _, offset, length in heads
            if kind != _NOBITS
        }
    except (struct.error, IndexError, ValueError) as error:
        raise ValueError(f"its table of sections is broken: {error}") from None
