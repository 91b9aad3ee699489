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
from collections.abc import Iterator, Mapping
from pathlib import Path

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.document import Report, read_table
from tapsmith.packages.lock import KEYS, Entry, Lock
from tapsmith.reader import Entry as Found
from tapsmith.reader import Reader
from tapsmith.schema import Field, Form, OneOf, Record, TableOf, Text, Variants
from tapsmith.versions import Version
from tapsmith.words import ANY_TEXT, FRAGMENT_NAME, MACRO_NAME, VERSION

LOCK_FILE = "tapsmith.lock"
FORMAT = 1
_HEADER = "# What this probe is built of: written by `tapsmith lock`, not to be edited by hand; commit it.\n"
_MARKER = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?")
_SHA256 = Text("SHA-256", r"[0-9a-f]{64}", "it is 64 hexadecimal digits")
_COMMIT = Text("commit", r"[0-9a-f]{40}", "it is 40 hexadecimal digits")
_WORDS: Mapping[str, Form[Version] | Text] = {
    "version": VERSION, "sha256": _SHA256, "archive": _SHA256, "commit": _COMMIT
}  # fmt: skip
_ORIGIN = OneOf("origin", tuple(KEYS), "bad-origin")
_ORIGIN_FIELD = Field("origin", _ORIGIN, "Where it is from", "tree", required=True)


def _word(key: str) -> Form[Version] | Text:
    return _WORDS.get(key, ANY_TEXT)


def _entry_record(origin: str) -> Record:
    optional = ("tag", "branch", "rev")
    fields = (Field(key, _word(key), "", "", required=key not in optional) for key in KEYS[origin])
    return Record(f"fragment of {origin}", (_ORIGIN_FIELD, *fields))


_ENTRY = Variants(
    "origin", _ORIGIN, Record("fragment", (_ORIGIN_FIELD,)), {name: _entry_record(name) for name in KEYS}
)
_LOCK = Record(
    "lock",
    (
        Field("lock", ANY_TEXT, "The format", "1", required=True),
        Field("needs", TableOf(FRAGMENT_NAME, ANY_TEXT), "What the probe needs", "{maps: ^1.0}"),
        Field("config", TableOf(MACRO_NAME, ANY_TEXT), "Settings that conditions ask for", "{A: 1}"),
        Field("chosen", TableOf(FRAGMENT_NAME, FRAGMENT_NAME), "Who stands for what", "{out: relay}"),
        Field("fragments", TableOf(FRAGMENT_NAME, _ENTRY), "The fragments", "{log: {origin: tree}}"),
    ),
)


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
        reader = Reader(table, _LOCK, report)
        if reader.read("lock", ANY_TEXT) not in (None, str(FORMAT)):
            mend = "use the tapsmith that wrote it, or remove it and lock again"
            raise fail("lock-damaged", f"the lock is not of format {FORMAT}", reader.place_of("lock"), mend)
        lock = Lock(
            needs=dict(_words(reader, "needs", ANY_TEXT)),
            config=dict(_words(reader, "config", ANY_TEXT)),
            chosen=dict(_words(reader, "chosen", FRAGMENT_NAME)),
            entries={entry.name: entry for found in reader.entries("fragments") for entry in _entry(found)},
            path=path,
        )
        reader.finish()
    try:
        report.check()
    except TapsmithError as error:
        first = error.problems[0]
        raise _damaged(first.message, first.place or Place(path)) from None
    return lock


def _words(reader: Reader, key: str, word: Text) -> Iterator[tuple[str, str]]:
    for entry in reader.entries(key):
        value = entry.read(f"`{entry.key.text}`", word)
        if entry.name and value is not None:
            yield entry.name, value


def _entry(found: Found) -> Iterator[Entry]:
    reader = found.reader()
    if reader is None:
        found.report.add("wrong-type", f"`{found.key.text}` must be a mapping", found.node.place)
        return
    origin = reader.read("origin", _ORIGIN)
    known = {}
    for key in KEYS[origin] if origin else ():
        value = reader.read(key, _word(key))
        if value is not None:
            known[key] = str(value)
    reader.finish()
    if found.name and origin:
        yield Entry(found.name, origin, known, found.key.place)
