"""`tapsmith search`: fragments by words."""

from __future__ import annotations

import argparse

from tapsmith.catalogue import Hit, Listing, listing_of, listing_of_release, search
from tapsmith.commands.obtaining import known_releases
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, load_library, origin_of
from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.packages.index import RegistryRelease

_SHOWN = 4
"""How many of a fragment's matching exports and macros are shown."""


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "search",
        _run,
        "look for fragments by words in their names, summaries, exports and macros",
        "tapsmith search user string",
    )
    parser.add_argument("words", nargs="+", metavar="WORD", help="all words must be found")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    listings = _listings()
    hits = search(listings, options.words)
    if options.json:
        print_json({"fragments": [_json(hit) for hit in hits]})
        return 0
    if not hits:
        words = " ".join(options.words)
        raise fail("nothing-found", f"no fragment here has `{words}`", mend=_mend(listings, options.words))
    for hit in hits:
        _print(hit)
    return 0


def _listings() -> list[Listing]:
    """Return all fragments here, and the newest release of each in registries that nobody took back."""
    library = load_library()
    found = [listing_of(fragment, origin_of(fragment)) for fragment in library.fragments.values()]
    universe = known_releases(library=library)
    for name in sorted(set(universe.names()) - library.fragments.keys()):
        releases = [release for release in universe.releases(name) if release.yanked is None]
        if releases and isinstance(releases[0], RegistryRelease):
            found.append(listing_of_release(releases[0]))
    return found


def _json(hit: Hit) -> dict[str, object]:
    listing = hit.listing
    return {
        "name": listing.name,
        "version": listing.version,
        "summary": listing.summary,
        "origin": listing.origin,
        "names": list(hit.names),
    }


def _print(hit: Hit) -> None:
    listing = hit.listing
    print(f"{paint(listing.name, 'bold')} {listing.version} ({listing.origin}): {listing.summary}")
    more = len(hit.names) - _SHOWN
    names = [*hit.names[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    if names:
        print(paint(f"    {', '.join(names)}", "dim"))


def _mend(listings: list[Listing], words: list[str]) -> str:
    known = {part for listing in listings for part in (*listing.name.split("_"), *listing.provides)}
    known |= {name for listing in listings for name in (listing.name, *listing.exports)}
    lost = [word for word in words if not search(listings, [word])]
    near = [hint for word in lost if (hint := did_you_mean(word, known))]
    return near[0] if near else "take other words, or fewer"
