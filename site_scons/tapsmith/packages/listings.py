"""A registry's `catalogue.jsonl`: a line a fragment, all that a search looks at.

A search over a registry of any size reads this one file.  What it says can be
made again from the index at any time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from tapsmith.catalogue import Listing, listing_of_release
from tapsmith.diagnostics import Place, fail
from tapsmith.packages.registry import Registry
from tapsmith.resolver.universe import Release
from tapsmith.words import FRAGMENT_NAME

R = TypeVar("R", bound=Release)
_BEGIN = '{"name":"'


def newest(releases: Sequence[R]) -> R:
    """Return the release to tell of, of one or more, newest first.

    That is the newest that nobody took back and is no candidate; else the newest that nobody took
    back; else the newest.
    """
    usable = [release for release in releases if release.yanked is None]
    steady = [release for release in usable if not release.version.prerelease]
    return (steady or usable or releases)[0]


def listing_line(listing: Listing) -> str:
    """Return the line of a listing, without a newline; what is empty is left out."""
    line: dict[str, Any] = {"name": listing.name, "version": listing.version, "summary": listing.summary}
    macros = [name for name, _ in listing.macros]
    lists = {"provides": list(listing.provides), "exports": list(listing.exports), "macros": macros}
    line |= {key: names for key, names in lists.items() if names}
    if listing.yanked is not None:
        line["yanked"] = listing.yanked
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def name_of_line(line: str) -> str | None:
    """Return the name of the fragment that a line is of; None if it is of none."""
    name = line.removeprefix(_BEGIN).partition('"')[0]
    return name if line.startswith(_BEGIN) and FRAGMENT_NAME.matches(name) else None


def read_listing(line: str, origin: str) -> Listing:
    """Return the listing of a line; ValueError or TypeError if it is damaged."""
    kept = json.loads(line)
    if not isinstance(kept, dict) or not FRAGMENT_NAME.matches(_text(kept.get("name"))):
        raise ValueError(line)
    return Listing(
        name=kept["name"],
        version=_text(kept.get("version")),
        summary=_text(kept.get("summary")),
        origin=origin,
        provides=_texts(kept.get("provides", [])),
        exports=_texts(kept.get("exports", [])),
        macros=tuple((name, "") for name in _texts(kept.get("macros", []))),
        yanked=None if kept.get("yanked") is None else _text(kept["yanked"]),
    )


def listings(registry: Registry, words: Sequence[str] = ()) -> Iterator[Listing]:
    """Give a registry's fragments, in the order of names.

    Those whose line has not all `words` are left out: no line is taken apart for nothing.
    A registry without the file is read from its index.
    TapsmithError: `bad-index` for a damaged line, and what `Registry.releases` raises.
    """
    found = registry.catalogue()
    if found is None:
        yield from listings_of_index(registry)
        return
    text, path = found
    # What has a quote or backslash is spelled in another way in the line.
    lowered = [word.lower() for word in words if not set(word) & set('"\\')]
    for number, line in enumerate(text.split("\n"), 1):
        low = line.lower()
        if line and all(word in low for word in lowered):
            try:
                yield read_listing(line, f"registry {registry.name}")
            except (ValueError, TypeError, RecursionError):
                place = Place(path, number)
                message = f"registry `{registry.name}` has a damaged line in its catalogue"
                raise fail("bad-index", message, place, "fetch the registry's copy anew") from None


def listings_of_index(registry: Registry) -> Iterator[Listing]:
    """Give the same, from every file of the index."""
    for name in sorted(set(registry.names())):
        if releases := registry.releases(name):
            yield listing_of_release(newest(releases))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(value)
    # Together, since there are many: a search may find thousands of fragments.
    _text("".join(value))
    return tuple(value)


def _text(value: object) -> str:
    # A terminal obeys what is not printable, and this is from strangers.
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(value)
    return value
