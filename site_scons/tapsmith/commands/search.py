"""`tapsmith search`: fragments by words."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from tapsmith.catalogue import Hit, Listing, listing_of, search
from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, load_library, origin_of, project_root
from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.garbage import uncollected
from tapsmith.network import Network
from tapsmith.packages.binding import Bindings
from tapsmith.packages.listings import listings
from tapsmith.packages.project import load_project
from tapsmith.packages.registry import Registry

_SHOWN = 4
"""How many of a fragment's matching exports and macros are shown."""
_COMPARED = 200
"""Of how many fragments the exports are looked at for a word like one that was not found."""


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
    with uncollected():
        return _search(options)


def _search(options: argparse.Namespace) -> int:
    library, project = load_library(), load_project(project_root())
    registries = open_sources(Network.OPEN).registries_of(project)
    here = [listing_of(fragment, origin_of(fragment)) for fragment in library.fragments.values()]
    elsewhere = partial(_elsewhere, library.names(), registries, project.bind)
    hits = search([*here, *elsewhere(options.words)], options.words)
    if options.json:
        print_json({"fragments": [_json(hit) for hit in hits]})
        return 0
    if not hits:
        words = " ".join(options.words)
        mend = _mend([*here, *elsewhere(())], options.words)
        raise fail("nothing-found", f"no fragment here has `{words}`", mend=mend)
    # At once: there may be thousands.
    print("\n".join(line for hit in hits for line in _lines(hit)))
    return 0


def _elsewhere(
    known: Collection[str], registries: Sequence[Registry], bind: Bindings, words: Sequence[str]
) -> Iterator[Listing]:
    """Give what registries have with all words, of which some version was not taken back.

    A name comes from the tree, or from the first registry that has it and may: it hides those of others.
    """

    def has(registry: Registry, name: str) -> bool:
        return bool(registry.releases(name) or registry.providers(name))

    for position, registry in enumerate(registries):
        before = registries[:position]
        for listing in listings(registry, words):
            name = listing.name
            if listing.yanked is not None or name in known or not bind.allows(name, registry.name):
                continue
            if not any(bind.allows(name, other.name) and has(other, name) for other in before):
                yield listing


def _json(hit: Hit) -> dict[str, object]:
    listing = hit.listing
    return {
        "name": listing.name,
        "version": listing.version,
        "summary": listing.summary,
        "origin": listing.origin,
        "names": list(hit.names),
    }


def _lines(hit: Hit) -> Iterator[str]:
    listing = hit.listing
    yield f"{paint(listing.name, 'bold')} {listing.version} ({listing.origin}): {listing.summary}"
    more = len(hit.names) - _SHOWN
    names = [*hit.names[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    if names:
        yield paint(f"    {', '.join(names)}", "dim")


def _mend(found: list[Listing], words: list[str]) -> str:
    known = {part for one in found for part in (one.name, *one.name.split("_"), *one.provides)}
    # To compare with all names of a large registry takes seconds.
    known |= {name for one in found[:_COMPARED] for name in one.exports}
    lost = [word for word in words if not search(found, [word])]
    near = [hint for word in lost if (hint := did_you_mean(word, known))]
    return near[0] if near else "take other words, or fewer"
