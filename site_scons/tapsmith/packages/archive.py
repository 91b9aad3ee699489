"""A fragment as one file: a .tar.gz that is always the same, and that anybody may have made.

`pack` writes names, bytes and nothing else: no owner, no time.  `unpack`
trusts nothing: only plain files with plain names, few and small, come out.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from tapsmith.diagnostics import Place, TapsmithError, fail

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", re.ASCII)
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Bounds:
    """What an archive may unpack to: files, bytes of all together, and bytes for each byte of the archive."""

    files: int = 500
    size: int = 16 << 20
    ratio: int = 100


BOUNDS = Bounds()
# A small text of spaces packs better than any ratio that is worth a bound.
_ANY_RATIO = 64 << 10


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files by their names; equal files give equal bytes with one zlib."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(files[name]))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(raw.getvalue())
    return packed.getvalue()


def unpack(data: bytes, place: Place, bounds: Bounds = BOUNDS) -> dict[str, bytes]:
    """Return the files of an archive, by name; `place` is what messages call it.

    TapsmithError: `bad-archive`, whatever is wrong with it.
    """
    raw = _decompress(data, place, bounds)
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as tar:
            for member in tar:
                _check(member, files, place, bounds)
                file = tar.extractfile(member)
                content = file.read() if file else b""
                if len(content) != member.size:
                    raise _bad(f"`{member.name}` is cut short", place)
                files[member.name] = content
    except (tarfile.TarError, ValueError, EOFError, OSError) as error:
        raise _bad(f"it is no tar file ({error})", place) from None
    return files


def _decompress(data: bytes, place: Place, bounds: Bounds) -> bytes:
    """Return what gzip packed, never more than the bounds let through."""
    stream = zlib.decompressobj(wbits=31)
    most = min(bounds.size, max(bounds.ratio * len(data), _ANY_RATIO))
    try:
        raw = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise _bad(f"it is no gzip file ({error})", place) from None
    if len(raw) > most:
        limit = f"{bounds.size} bytes" if most == bounds.size else f"{bounds.ratio} times its size"
        raise _bad(f"it unpacks to more than {limit}", place)
    if not stream.eof:
        raise _bad("it is cut short", place)
    if stream.unused_data:
        raise _bad("something follows its end", place)
    return raw


def _check(member: tarfile.TarInfo, files: Mapping[str, bytes], place: Place, bounds: Bounds) -> None:
    """Refuse a member that is anything but one more plain file."""
    name = member.name
    parts = name.split("/")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise _bad(f"`{name[:_LONGEST_NAME]}` is no plain file", place)
    if len(name) > _LONGEST_NAME or not all(_PART.fullmatch(part) for part in parts):
        raise _bad(f"`{name[:_LONGEST_NAME]}` is no plain name inside the archive", place)
    # Two names that differ in case only are one file on some machines.
    if name.lower() in (other.lower() for other in files):
        raise _bad(f"`{name}` is in it twice", place)
    above = {"/".join(parts[:count]) for count in range(1, len(parts))}
    if above & files.keys() or any(other.startswith(f"{name}/") for other in files):
        raise _bad(f"`{name}` is a file and a directory at once", place)
    if len(files) >= bounds.files:
        raise _bad(f"it holds more than {bounds.files} files", place)


def _bad(why: str, place: Place) -> TapsmithError:
    message = f"the archive {place.file.name} is refused: {why}"
    return fail("bad-archive", message, place, "take it from elsewhere, or pack it anew by `tapsmith pack`")
