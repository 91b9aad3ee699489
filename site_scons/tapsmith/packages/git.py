"""Fragments in a git repository: one commit's manifests/ and fragments/, brought into the cache.

    <cache>/git/<hash of the URL>/repository.git     what was fetched, bare
    <cache>/git/<hash of the URL>/<commit>/          a commit's files, whole

The program `git` fetches and lists; nothing of the repository is run: there
is no checkout, so no hook, filter (LFS) or submodule comes into it, and only
file, https, ssh and git are spoken, never a command as `ext::` has it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.manifest import Origin
from tapsmith.network import Network
from tapsmith.packages.archive import Bounds

SCHEMES = ("file", "https", "ssh", "git")
BOUNDS = Bounds(files=5000, size=64 << 20)
_TIMEOUT_S = 600
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://.+")
_SSH = re.compile(r"[\w.-]+@[\w.-]+:[^:].*", re.ASCII)
_REV = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{7,40}", re.ASCII)
_FILE = re.compile(r"(?:manifests|fragments)(?:/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+", re.ASCII)
# What a user's own environment may say of how to reach a server; all else of git's is left out.
_KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_CONFIG_GLOBAL")
_NEVER = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "submodule.recurse=false")


@dataclass(frozen=True)
class Repository:
    """The repository that `origin` of a need names; `project` is what a relative path starts from."""

    cache: Path
    project: Path
    origin: Origin
    place: Place
    say: Callable[[str], None]
    network: Network = Network.OPEN

    def find_commit(self) -> str:
        """Fetch, and return the commit that the origin's tag, branch or commit is now.

        TapsmithError: `no-git`, `git-unreachable`, `unknown-revision`, `bad-origin`, `cannot-write`.
        """
        kind, rev = self.origin.rev_kind, self.origin.rev
        if not (_COMMIT if kind == "commit" else _REV).fullmatch(rev) or ".." in rev:
            mend = "write 7 to 40 hexadecimal digits" if kind == "commit" else "write it as git tells it"
            raise fail("bad-origin", f"`{rev}` is no name of a {kind}", self.place, mend)
        if kind == "commit":
            return self._known(rev) or self._fetch_all(rev)
        ref = f"refs/{'tags' if kind == 'tag' else 'heads'}/{rev}"
        self._fetch(f"+{ref}:{ref}")
        found = self._known(ref)
        if not found:
            raise self._unknown()
        return found

    def tree(self, commit: str) -> Path:
        """Return a directory with the manifests/ and fragments/ of a commit, fetched if it is not here.

        TapsmithError: as `find_commit`, and `bad-archive` for one that is too large.
        """
        home = self._home / commit
        if not home.is_dir():
            if not self._known(commit):
                self._fetch_all(commit)
            with self._writing(), tempfile.TemporaryDirectory(dir=self._home, prefix=".draft-") as draft:
                # Another process may have been faster.
                if not home.is_dir():
                    self._export(commit, Path(draft) / "tree")
                    os.rename(f"{draft}/tree", home)
        return home

    @property
    def location(self) -> str:
        """What git is told to fetch from."""
        url = self.origin.at
        if match := _URL.fullmatch(url):
            if match[1] in SCHEMES:
                return url
        elif _SSH.fullmatch(url):
            return url
        elif "::" not in url and not url.startswith("-"):
            return os.path.abspath(self.project / url)
        mend = f"write a URL of {', '.join(SCHEMES)}, or a path from the project's root"
        raise fail("bad-origin", f"`{url}` is nothing that is fetched from", self.place, mend)

    @property
    def _is_local(self) -> bool:
        return self.location.startswith(("/", "file:"))

    @property
    def _home(self) -> Path:
        return self.cache / "git" / hashlib.sha256(self.location.encode()).hexdigest()[:32]

    @property
    def _bare(self) -> Path:
        return self._home / "repository.git"

    def _known(self, rev: str) -> str | None:
        """Return the commit that a revision is, if it has been fetched."""
        if not self._bare.is_dir():
            return None
        done = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def _fetch_all(self, commit: str) -> str:
        self._fetch("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        found = self._known(commit)
        if not found and len(commit) == 40:
            # It may be on no branch any more.
            with suppress(TapsmithError):
                self._fetch(commit)
            found = self._known(commit)
        if not found:
            raise self._unknown()
        return found

    def _fetch(self, *refs: str) -> None:
        location = self.location
        if self.network.is_closed and not self._is_local:
            message = f"{self.origin.at} is not in the cache, and {self.network.value}"
            raise fail("not-cached", message, self.place, self.network.mend)
        self.say(f"fetching {self.origin.at}")
        with self._writing():
            if not self._bare.is_dir():
                with tempfile.TemporaryDirectory(dir=self._home, prefix=".draft-") as draft:
                    self._ask("init", "-q", "--bare", "--template=", f"{draft}/bare", bare=False)
                    os.rename(f"{draft}/bare", self._bare)
            done = self._git("fetch", "-q", "--no-tags", "--no-recurse-submodules", "--", location, *refs)
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode and "couldn't find remote ref" in said:
            raise self._unknown()
        if done.returncode:
            message = f"git cannot fetch from {self.origin.at}"
            mend = "see whether the URL is right, and whether `git ls-remote` reaches it"
            raise fail("git-unreachable", message, self.place, mend, said)

    def _export(self, commit: str, target: Path) -> None:
        """Write the plain files of a commit; links and submodules are left out."""
        (target / "manifests").mkdir(parents=True)
        listed = self._ask("ls-tree", "-r", "-z", "--long", commit, "--", "manifests", "fragments")
        files = list(_plain_files(listed.decode(errors="replace")))
        if len(files) > BOUNDS.files or sum(size for _, size, _ in files) > BOUNDS.size:
            message = f"{self.origin.at} holds too much: {len(files)} files in manifests/ and fragments/"
            mend = f"at most {BOUNDS.files} files of {BOUNDS.size >> 20} MB together are taken"
            raise fail("bad-archive", message, self.place, mend)
        wanted = "".join(f"{blob}\n" for blob, _, _ in files).encode()
        rest = self._ask("cat-file", "--batch", given=wanted)
        for _, size, name in files:
            # Each comes as a line (object, type, size), its bytes and a newline.
            start = rest.index(b"\n") + 1
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(rest[start : start + size])
            rest = rest[start + size + 1 :]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let one process at a time fetch from this repository."""
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with (self._home / "lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            message = f"cannot keep what is fetched from {self.origin.at}: {error.strerror}"
            mend = "make room there, or set TAPSMITH_CACHE to a directory that can be written"
            raise fail("cannot-write", message, Place(self._home), mend) from None

    def _ask(self, *words: str, given: bytes = b"", bare: bool = True) -> bytes:
        """Return what a git command prints that cannot fail but for the cache."""
        done = self._git(*words, given=given, bare=bare)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise fail("git-unreachable", f"git {words[0]} fails in the cache", Place(self._home),
                       "remove that directory", said)  # fmt: skip
        return done.stdout

    def _git(self, *words: str, given: bytes = b"", bare: bool = True) -> subprocess.CompletedProcess[bytes]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _KEPT}
        environment |= {"GIT_ALLOW_PROTOCOL": ":".join(SCHEMES), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        environment |= {"GIT_LFS_SKIP_SMUDGE": "1", "GIT_NO_REPLACE_OBJECTS": "1"}
        where = ["--git-dir", str(self._bare)] if bare else []
        settings = [word for setting in _NEVER for word in ("-c", setting)]
        command = ["git", *where, *settings, *words]
        try:
            return subprocess.run(command, input=given, capture_output=True, env=environment,
                                  timeout=_TIMEOUT_S, check=False)  # fmt: skip
        except FileNotFoundError:
            message = f"git is not installed, by which {self.origin.at} is fetched"
            raise fail("no-git", message, self.place, "apt-get install git") from None
        except subprocess.TimeoutExpired:
            message = f"git gave no answer for {_TIMEOUT_S} seconds ({self.origin.at})"
            raise fail("git-unreachable", message, self.place, "try again later") from None

    def _unknown(self) -> TapsmithError:
        message = f"{self.origin.at} has no {self.origin.rev_kind} `{self.origin.rev}`"
        return fail("unknown-revision", message, self.place, "`git ls-remote URL` lists what it has")


def _plain_files(listed: str) -> Iterator[tuple[str, int, str]]:
    """Yield object, size and name of each plain file in what `ls-tree --long -z` lists."""
    for line in filter(None, listed.split("\0")):
        told, _, name = line.partition("\t")
        mode, kind, blob, size = told.split()
        if kind == "blob" and mode in ("100644", "100755") and _FILE.fullmatch(name):
            yield blob, int(size), name
