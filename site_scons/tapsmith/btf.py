"""The functions that a kernel's type information (BTF) names.

Format: linux/Documentation/bpf/btf.rst.  Only what is needed to walk the
types is decoded: their sizes, and the names of functions.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path

from tapsmith.diagnostics import fail

_MAGIC = 0xEB9F
_HEADER = struct.Struct("<HBBIIIII")
_TYPE = struct.Struct("<III")
_FUNC = 12

# Bytes after the common part of a type: kind -> (fixed, per member).
_EXTRA = {
    1: (4, 0),  # INT
    2: (0, 0),  # PTR
    3: (12, 0),  # ARRAY
    4: (0, 12),  # STRUCT
    5: (0, 12),  # UNION
    6: (0, 8),  # ENUM
    7: (0, 0),  # FWD
    8: (0, 0),  # TYPEDEF
    9: (0, 0),  # VOLATILE
    10: (0, 0),  # CONST
    11: (0, 0),  # RESTRICT
    12: (0, 0),  # FUNC
    13: (0, 8),  # FUNC_PROTO
    14: (4, 0),  # VAR
    15: (0, 12),  # DATASEC
    16: (0, 0),  # FLOAT
    17: (4, 0),  # DECL_TAG
    18: (0, 0),  # TYPE_TAG
    19: (0, 12),  # ENUM64
}


def functions(data: bytes) -> frozenset[str]:
    """Return the names of all functions in `data`, the content of a `.BTF` section.

    Raises `bad-btf` where it is not what its header says.
    """
    try:
        magic, _, _, header, type_off, type_len, str_off, str_len = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise fail("bad-btf", "the kernel's .BTF section has an unknown format")
        strings = data[header + str_off : header + str_off + str_len]
        names = set()
        at, end = header + type_off, header + type_off + type_len
        while at < end:
            name, info, _ = _TYPE.unpack_from(data, at)
            kind, members = (info >> 24) & 0x1F, info & 0xFFFF
            fixed, each = _EXTRA[kind]
            if kind == _FUNC:
                names.add(strings[name : strings.index(0, name)].decode("ascii"))
            at += _TYPE.size + fixed + each * members
    except (struct.error, KeyError, ValueError):
        raise fail("bad-btf", "the kernel's .BTF section cannot be read") from None
    return frozenset(names)


def functions_of(vmlinux: Path) -> frozenset[str]:
    """Return the names of all functions in the BTF of the file `vmlinux`; none where it has none."""
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        section = Path(scratch) / "btf"
        subprocess.run(
            ["objcopy", "--dump-section", f".BTF={section}", str(vmlinux), str(Path(scratch) / "copy")],
            capture_output=True,
            check=False,
        )
        return (
            functions(section.read_bytes()) if section.is_file() and section.stat().st_size else frozenset()
        )
