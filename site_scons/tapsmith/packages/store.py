"""The cache of fragments: `<cache>/fragments/<2 digits>/<SHA-256>/`, a root with one fragment each.

An entry is named by the hash of its files, appears by one rename when it is
whole, and never changes.  So any number of processes may write at once, and
one may be killed at any moment.  Names that begin with a dot are drafts.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.manifest import Fragment, load_fragment
from tapsmith.packages.content import digest, fragment_digest, fragment_files


@dataclass(frozen=True)
class Store:
    """The fragments below `root`."""

    root: Path

    def get(self, name: str, sha256: str) -> Fragment | None:
        """Return a fragment whose files have this hash; None if it is not here.

        An entry that has been damaged is taken away: it counts as not here.
        """
        home = self._home(sha256)
        if not home.is_dir():
            return None
        with suppress(TapsmithError, OSError):
            fragment = load_fragment(home / f"manifests/{name}.yaml")
            if fragment_digest(fragment) == sha256:
                return fragment
        self._discard(home)
        return None

    def trouble(self, name: str, sha256: str) -> str | None:
        """Tell what is wrong with the entry that a hash names, and leave it there; None if it is whole."""
        home = self._home(sha256)
        if not home.is_dir():
            return "it is not in the cache"
        try:
            found = fragment_digest(load_fragment(home / f"manifests/{name}.yaml"))
        except TapsmithError as error:
            return f"it is damaged, in {home}: {error.problems[0].message}"
        except OSError as error:
            return f"it cannot be read, in {home}: {error.strerror}"
        return None if found == sha256 else f"it has been changed, in {home}"

    def put(self, name: str, files: Mapping[str, bytes], place: Place) -> Fragment:
        """Keep the files of one fragment; `place` is where they come from, for messages.

        TapsmithError: `bad-archive` if they are not just those of a fragment, `cannot-write`, and
        what its manifest has wrong.
        """
        try:
            return self._put(name, files, place)
        except OSError as error:
            message = f"cannot keep fragment `{name}` in the cache: {error.strerror}"
            where = Place(Path(error.filename or self.root))
            mend = "make room there, or set TAPSMITH_CACHE to a directory that can be written"
            raise fail("cannot-write", message, where, mend) from None

    def keep(self, fragment: Fragment) -> None:
        """See that a fragment that lies elsewhere is here as well; errors as those of `put`."""
        files = fragment_files(fragment)
        if not self._home(digest(files)).is_dir():
            self.put(fragment.name, files, fragment.place)

    def _home(self, sha256: str) -> Path:
        return self.root / "fragments" / sha256[:2] / sha256

    def _put(self, name: str, files: Mapping[str, bytes], place: Place) -> Fragment:
        (self.root / "fragments").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.root / "fragments", prefix=".draft-") as draft:
            whole = Path(draft) / "whole"
            for label, content in files.items():
                path = whole / label
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            fragment = self._checked(name, files, whole, place)
            sha256 = digest(fragment_files(fragment))
            home = self._home(sha256)
            home.parent.mkdir(exist_ok=True)
            # Whoever comes second finds the same files there.
            with suppress(FileExistsError):
                _move(whole, home)
        found = self.get(name, sha256)
        if found is None:
            raise OSError(0, "it was taken away at once", str(home))
        return found

    def _checked(self, name: str, files: Mapping[str, bytes], root: Path, place: Place) -> Fragment:
        """Return the fragment in `root`, of which all files and no others must be `files`."""
        label = f"manifests/{name}.yaml"
        if label not in files:
            raise _foreign(f"it has no {label}", place)
        try:
            fragment = load_fragment(root / label)
            own = fragment_files(fragment).keys() | {f"fragments/{name}/LICENSE"}
        except TapsmithError as error:
            raise _renamed(error, root, place) from None
        for other in files:
            if other not in own:
                raise _foreign(f"`{other}` is no part of fragment `{name}`", place)
        return fragment

    def _discard(self, home: Path) -> None:
        """Take an entry away, first by one rename: nobody is to meet half of it."""
        with suppress(OSError):
            away = Path(tempfile.mkdtemp(dir=self.root / "fragments", prefix=".draft-"))
            os.rename(home, away / "damaged")
            shutil.rmtree(away)


def _move(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        # A directory with something in it is not replaced: ENOTEMPTY, or EEXIST.
        if target.is_dir():
            raise FileExistsError(str(target)) from error
        raise


def _foreign(why: str, place: Place) -> TapsmithError:
    mend = "pack it anew by `tapsmith pack`: manifest, sources, their headers and LICENSE are all it takes"
    return fail("bad-archive", f"the archive {place.file.name} is refused: {why}", place, mend)


def _renamed(error: TapsmithError, root: Path, place: Place) -> TapsmithError:
    """Return an error about a draft as one about where its files came from."""
    detail = str(error).replace(f"{root}/", "")
    message = f"the archive {place.file.name} is refused: its fragment has mistakes"
    return fail("bad-archive", message, place, "tell whoever made it", detail)
