"""A search over fragments by words: in their names, summaries, exports and macros, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tapsmith.manifest import Fragment
from tapsmith.packages.index import RegistryRelease


@dataclass(frozen=True)
class Listing:
    """What the search looks at, of a fragment here or in a registry; `macros` are names and helps.

    `yanked` is why nobody should take any version of it any more, or None.
    """

    name: str
    version: str
    summary: str
    origin: str
    provides: tuple[str, ...]
    exports: tuple[str, ...]
    macros: tuple[tuple[str, str], ...]
    yanked: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of exports and macros."""
        return (*self.exports, *(name for name, _ in self.macros))


@dataclass(frozen=True)
class Hit:
    """A fragment in which all words were found, how well, and its exports and macros that have one."""

    listing: Listing
    score: int
    names: tuple[str, ...]


def listing_of(fragment: Fragment, origin: str) -> Listing:
    """Return the listing of a fragment that is here."""
    return Listing(
        name=fragment.name,
        version=str(fragment.version),
        summary=fragment.summary,
        origin=origin,
        provides=fragment.provides,
        exports=tuple(export.name for export in fragment.exports),
        macros=tuple((macro.name, macro.help) for macro in fragment.config),
    )


def listing_of_release(release: RegistryRelease) -> Listing:
    """Return the listing of a release of a registry, whose index has no helps."""
    return Listing(
        name=release.name,
        version=str(release.version),
        summary=release.summary,
        origin=release.origin,
        provides=release.provides,
        exports=release.exports,
        macros=tuple((macro.name, "") for macro in release.config),
        yanked=release.yanked,
    )


def search(listings: Iterable[Listing], words: Sequence[str]) -> tuple[Hit, ...]:
    """Return the fragments that have every word somewhere, the best first, equals by name."""
    hits = (_hit(listing, [word.lower() for word in words]) for listing in listings)
    return tuple(sorted((hit for hit in hits if hit), key=lambda hit: (-hit.score, hit.listing.name)))


def _hit(listing: Listing, words: Sequence[str]) -> Hit | None:
    low = _lowered(listing)
    scores = [max(_scores(low, word), default=0) for word in words]
    if not all(scores):
        return None
    names = listing.names
    has = {at for word in words for at, name in enumerate(low.names) if word in name}
    return Hit(listing, sum(scores), tuple(names[at] for at in sorted(has)))


def _lowered(listing: Listing) -> Listing:
    """Return a listing in small letters, once for all words."""
    return Listing(
        name=listing.name.lower(),
        version=listing.version,
        summary=listing.summary.lower(),
        origin=listing.origin,
        provides=tuple(map(str.lower, listing.provides)),
        exports=tuple(map(str.lower, listing.exports)),
        macros=tuple((name.lower(), help_text.lower()) for name, help_text in listing.macros),
    )


def _scores(low: Listing, word: str) -> Iterator[int]:
    """Give a number for each place that has the word: a name counts more than a sentence."""
    if word in low.name:
        yield _name_score(low.name, word, whole=100, part=60, inside=40)
    for export in low.exports:
        if word in export:
            yield _name_score(export, word, whole=90, part=30, inside=20)
    for virtual in low.provides:
        if word in virtual:
            yield _name_score(virtual, word, whole=80, part=50, inside=30)
    if word in low.summary:
        yield _text_score(low.summary, word, 25)
    for name, help_text in low.macros:
        if word in name:
            yield _name_score(name, word, whole=70, part=15, inside=10)
        if word in help_text:
            yield _text_score(help_text, word, 5)


def _name_score(name: str, word: str, whole: int, part: int, inside: int) -> int:
    if name == word:
        return whole
    return part if word in name.split("_") else inside


def _text_score(text: str, word: str, begins: int) -> int:
    """Count what begins a word of the text (`count` in `counts`); inside of a word it is half of that."""
    for part in text.split():
        if word in part and part.strip("(,.;:`").startswith(word):
            return begins
    return begins // 2
