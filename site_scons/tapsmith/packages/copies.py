"""What a registry on a server was seen to have: copies in the cache, and what is said where there is none.

<cache>/registries/<hash of the URL>/index/ma/ps/maps    a file as it was last seen: see `kept`
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.network import Network
from tapsmith.packages import kept
from tapsmith.packages.kept import Kept


class Copies:
    """The copies of what `name`, the registry at `url`, has; `place` is who names it, `cache` tapsmith's."""

    def __init__(self, name: str, url: str, place: Place | None, cache: Path, network: Network) -> None:
        self.name = name
        self.url = url
        self.place = place
        self.network = network
        self._home = cache / "registries" / hashlib.sha256(url.encode()).hexdigest()[:32]

    def file(self, path: str) -> Path:
        """Return where the copy of a file lies, or would."""
        return self._home / path

    def load(self, path: str, sha256: str = "") -> Kept | None:
        """Return what is kept of a file; with `sha256` only what has it."""
        known = kept.load(self.file(path))
        is_it = known and (not sha256 or (known.body is not None and known.sha256 == sha256))
        return known if is_it else None

    def save(self, path: str, new: Kept) -> None:
        """Keep what was said of a file; TapsmithError: `cannot-write`."""
        try:
            kept.save(self.file(path), new)
        except OSError as error:
            message = f"cannot keep what registry `{self.name}` sent in the cache: {error.strerror}"
            mend = "make room there, or set TAPSMITH_CACHE to a directory that can be written"
            raise fail("cannot-write", message, Place(self.file(path)), mend) from None

    def lacking(self, path: str) -> TapsmithError:
        """Return the refusal to ask for what the cache lacks."""
        message = f"registry `{self.name}`: {path} is not in the cache, and {self.network.value}"
        return fail("not-cached", message, self.place, self.network.mend)

    def unreachable(self, path: str, why: Exception | str, mend: str = "") -> TapsmithError:
        """Return the refusal where a server that was asked for a file gave none, for a reason."""
        message = f"registry `{self.name}` cannot be reached: {why}"
        mend = mend or f"see whether {self.url} answers; with --offline the copy in the cache counts"
        return fail("registry-unreachable", message, self.place, mend, f"it was asked for {path}")
