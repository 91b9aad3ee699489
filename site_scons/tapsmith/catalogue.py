"""A search over fragments by words: in their names, summaries, exports and macros, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tapsmith.manifest import Fragment


@dataclass(frozen=True)
class Hit:
    """A fragment in which all words were found, how well, and its exports and macros that have one."""

    fragment: Fragment
    score: int
    names: tuple[str, ...]


def search(fragments: Iterable[Fragment], words: Sequence[str]) -> tuple[Hit, ...]:
    """Return the fragments that have every word somewhere, the best first, equals by name."""
    hits = (_hit(fragment, [word.lower() for word in words]) for fragment in fragments)
    return tuple(sorted((hit for hit in hits if hit), key=lambda hit: (-hit.score, hit.fragment.name)))


def _hit(fragment: Fragment, words: Sequence[str]) -> Hit | None:
    scores = [max(_scores(fragment, word), default=0) for word in words]
    if not all(scores):
        return None
    names = (*(export.name for export in fragment.exports), *(macro.name for macro in fragment.config))
    found = tuple(name for name in names if any(word in name.lower() for word in words))
    return Hit(fragment, sum(scores), found)


def _scores(fragment: Fragment, word: str) -> Iterator[int]:
    """Give a number for each place that has the word: a name counts more than a sentence."""
    yield _name_score(fragment.name, word, whole=100, part=60, inside=40)
    for export in fragment.exports:
        yield _name_score(export.name, word, whole=90, part=30, inside=20)
    for virtual in fragment.provides:
        yield _name_score(virtual, word, whole=80, part=50, inside=30)
    yield _text_score(fragment.summary, word, 25)
    for macro in fragment.config:
        yield _name_score(macro.name, word, whole=70, part=15, inside=10)
        yield _text_score(macro.help, word, 5)


def _name_score(name: str, word: str, whole: int, part: int, inside: int) -> int:
    name = name.lower()
    if name == word:
        return whole
    if word in name.split("_"):
        return part
    return inside if word in name else 0


def _text_score(text: str, word: str, begins: int) -> int:
    """Count what begins a word of the text (`count` in `counts`); inside of a word it is half of that."""
    text = text.lower()
    if any(part.strip("(,.;:`").startswith(word) for part in text.split()):
        return begins
    return begins // 2 if word in text else 0
