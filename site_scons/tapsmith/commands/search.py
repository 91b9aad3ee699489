"""`tapsmith search`: fragments by words."""

from __future__ import annotations

import argparse

from tapsmith.catalogue import Hit, search
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json, load_library, origin_of
from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.library import Library

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
    library = load_library()
    hits = search(library.fragments.values(), options.words)
    if options.json:
        print_json({"fragments": [_json(hit) for hit in hits]})
        return 0
    if not hits:
        words = " ".join(options.words)
        raise fail("nothing-found", f"no fragment here has `{words}`", mend=_mend(library, options.words))
    for hit in hits:
        _print(hit)
    return 0


def _json(hit: Hit) -> dict[str, object]:
    fragment = hit.fragment
    return {
        "name": fragment.name,
        "version": str(fragment.version),
        "summary": fragment.summary,
        "origin": origin_of(fragment),
        "names": list(hit.names),
    }


def _print(hit: Hit) -> None:
    fragment = hit.fragment
    head = f"{paint(fragment.name, 'bold')} {fragment.version} ({origin_of(fragment)})"
    print(f"{head}: {fragment.summary}")
    more = len(hit.names) - _SHOWN
    names = [*hit.names[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    if names:
        print(paint(f"    {', '.join(names)}", "dim"))


def _mend(library: Library, words: list[str]) -> str:
    known = {part for fragment in library.fragments.values() for part in fragment.name.split("_")}
    known |= {export.name for fragment in library.fragments.values() for export in fragment.exports}
    lost = [word for word in words if not search(library.fragments.values(), [word])]
    near = [hint for word in lost if (hint := did_you_mean(word, known | library.names()))]
    return near[0] if near else "take other words, or fewer"
