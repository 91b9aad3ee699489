"""A probe's lock, `tapsmith.lock` beside its probe.yaml: which fragments it is built of, and whence.

    lock: 1
    needs:
      maps: "^1.0"
    fragments:
      log:
        origin: tree
      maps:
        origin: registry
        registry: main
        version: 1.3.1
        archive: 9f86d0…
        sha256: 60303a…

A block a fragment, sorted: two branches that add fragments seldom conflict.
There is no hash over the file, since every merge would conflict there;
instead it has one spelling only, and what it says is checked against what it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.document import Node, Report, Scalar, Table, read_table
from tapsmith.macro import macro_name
from tapsmith.manifest import Origin, Requirement, fragment_name
from tapsmith.reader import Reader, as_scalar, matcher
from tapsmith.versions import MalformedError, Version

LOCK_FILE = "tapsmith.lock"
FORMAT = 1
_HEADER = "# What this probe is built of: written by `tapsmith lock`, not to be edited by hand; commit it.\n"
_MARKER = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?")
_sha256 = matcher(r"[0-9a-f]{64}", "SHA-256", "it is 64 hexadecimal digits")
_commit = matcher(r"[0-9a-f]{40}", "commit", "it is 40 hexadecimal digits")

KEYS: Mapping[str, tuple[str, ...]] = {
    "tree": (),
    "shipped": ("version", "sha256"),
    "path": ("path", "version", "sha256"),
    "git": ("git", "tag", "branch", "rev", "commit", "version", "sha256"),
    "registry": ("registry", "version", "archive", "sha256"),
}
"""The keys of a fragment by its origin, in the order in which they are written."""
_PARSERS = {"version": lambda text: str(Version.parse(text)), "sha256": _sha256, "archive": _sha256,
            "commit": _commit}  # fmt: skip
_MAY_MISS = ("tag", "branch", "rev")


@dataclass(frozen=True)
class Entry:
    """One fragment of a lock: its origin (a key of KEYS), and what KEYS lists for that."""

    name: str
    origin: str
    known: Mapping[str, str]
    place: Place | None = field(default=None, compare=False)

    def __getitem__(self, key: str) -> str:
        """Return a value; empty if there is none."""
        return self.known.get(key, "")

    @property
    def version(self) -> Version | None:
        """The version, unless the fragment is of the tree."""
        return Version.parse(self["version"]) if self["version"] else None


@dataclass(frozen=True)
class Lock:
    """What a probe is built of, and what of probe.yaml decided it.

    `needs` are spelled as `spell_need` does; `config` are the settings that a condition of a chosen
    fragment asks for; `chosen` are virtual names and who stands for them.
    """

    needs: Mapping[str, str]
    config: Mapping[str, str]
    chosen: Mapping[str, str]
    entries: Mapping[str, Entry]
    path: Path | None = field(default=None, compare=False)


def spell_need(need: Requirement) -> str:
    """Return range and origin of a need in one spelling, however it is laid out."""
    clauses = ", ".join("".join(clause.split()) for clause in str(need.range).split(","))
    origin = need.origin
    if origin is None:
        return clauses
    where = (origin.kind, origin.at, origin.rev_kind, origin.rev)
    return f"{clauses} from {' '.join(filter(None, where))}"


def kept(lock: Lock | None, free: Collection[str] = ()) -> tuple[dict[str, Version], dict[Origin, str]]:
    """Return the versions of a lock, and the commit that each origin in git is; not those of `free`."""
    entries = [entry for entry in lock.entries.values() if entry.name not in free] if lock else []
    versions = {entry.name: entry.version for entry in entries if entry.version}
    return versions, {_git_origin(entry): entry["commit"] for entry in entries if entry.origin == "git"}


def lock_text(lock: Lock) -> str:
    """Return the text of a lock: the only one that `read_lock` takes for it."""
    text = f"{_HEADER}lock: {FORMAT}\n"
    for key in ("needs", "config", "chosen"):
        lines = sorted(getattr(lock, key).items())
        text += f"{key}:\n" if lines else ""
        text += "".join(f"  {name}: {_quoted(value)}\n" for name, value in lines)
    text += "fragments:\n" if lock.entries else ""
    for name in sorted(lock.entries):
        entry = lock.entries[name]
        text += f"  {name}:\n    origin: {entry.origin}\n"
        kept = [key for key in KEYS[entry.origin] if entry[key]]
        text += "".join(f"    {key}: {_quoted(entry[key])}\n" for key in kept)
    return text


def read_lock(path: Path) -> Lock | None:
    """Read a lock; None if there is none.

    TapsmithError: `lock-conflict` where git left its markers, `lock-damaged` for all else that
    `lock_text` would not write.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise _damaged("it cannot be read as text", Place(path)) from None
    for number, line in enumerate(text.splitlines(), 1):
        if _MARKER.fullmatch(line):
            message = f"the lock of {path.parent.name} holds a conflict of git"
            mend = f"take one side (git checkout --ours {path.name}), then `tapsmith lock {path.parent.name}`"
            raise fail("lock-conflict", message, Place(path, number), mend)
    lock = _read(path)
    for number, (line, due) in enumerate(zip(*map(_lines, (text, lock_text(lock))), strict=False), 1):
        if line != due:
            raise _damaged(f"it was edited by hand; `{due}` belongs here", Place(path, number))
    if text != lock_text(lock):
        raise _damaged("it was edited by hand", Place(path, text.count("\n") + 1))
    return lock


def damaged(entry: Entry, why: str) -> TapsmithError:
    """Return the error for an entry that does not tell the truth."""
    return _damaged(why, entry.place or Place(Path(LOCK_FILE)))


def _git_origin(entry: Entry) -> Origin:
    kind = next((kind for kind in ("tag", "branch") if entry[kind]), "commit")
    return Origin("git", entry["git"], kind, entry["rev" if kind == "commit" else kind])


def _damaged(why: str, place: Place) -> TapsmithError:
    probe = place.file.parent.name
    mend = f"restore it (git checkout {place.file.name}), or remove it, then `tapsmith lock {probe}`"
    return fail("lock-damaged", f"the lock of {probe} is damaged: {why}", place, mend)


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _quoted(value: str) -> str:
    """Return a value as YAML, in quotes where it is no plain word."""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+/-]*", value, re.ASCII):
        return value
    return json.dumps(value, ensure_ascii=False)


def _read(path: Path) -> Lock:
    """Read the lock's YAML; what is wrong is told as damage, with the first place."""
    report = Report()
    table = read_table(path, report)
    lock = Lock({}, {}, {}, {}, path)
    if table:
        reader = Reader(table, report)
        if reader.text("lock", required=True) not in (None, str(FORMAT)):
            mend = "use the tapsmith that wrote it, or remove it and lock again"
            raise fail("lock-damaged", f"the lock is not of format {FORMAT}", reader.place_of("lock"), mend)
        lock = Lock(
            needs=dict(_words(reader, "needs")),
            config=dict(_words(reader, "config")),
            chosen=dict(_words(reader, "chosen")),
            entries={
                entry.name: entry
                for key, node in reader.entries("fragments")
                for entry in _entry(key, node, report)
            },
            path=path,
        )
        reader.finish()
    try:
        report.check()
    except TapsmithError as error:
        first = error.problems[0]
        raise _damaged(first.message, first.place or Place(path)) from None
    return lock


def _words(reader: Reader, key: str) -> Iterator[tuple[str, str]]:
    parse = macro_name if key == "config" else fragment_name
    for name, node in reader.entries(key):
        scalar = as_scalar(node, f"`{name.text}`", reader.report)
        if reader.report.convert(name, parse, "bad-name") and scalar:
            yield name.text, scalar.text


def _entry(key: Scalar, node: Node, report: Report) -> Iterator[Entry]:
    name = report.convert(key, fragment_name, "bad-name")
    if not isinstance(node, Table):
        report.add("wrong-type", f"`{key.text}` must be a mapping", node.place)
        return
    reader = Reader(node, report)
    origin = reader.parsed("origin", _origin, "bad-origin", required=True)
    if name and origin:
        known = {}
        for word in KEYS[origin]:
            parse = _PARSERS.get(word, str)
            if value := reader.parsed(word, parse, "wrong-type", required=word not in _MAY_MISS):
                known[word] = value
        reader.finish()
        yield Entry(name, origin, known, key.place)


def _origin(text: str) -> str:
    if text not in KEYS:
        raise MalformedError(f"`{text}` is no origin", f"known are {', '.join(KEYS)}")
    return text
