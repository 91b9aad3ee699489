"""A registry's catalogue, brought up to date."""

from __future__ import annotations

from collections.abc import Collection

from tapsmith.catalogue import listing_of_release
from tapsmith.packages.listings import listing_line, listings_of_index, name_of_line, newest
from tapsmith.packages.registry import Registry


def catalogue_text(registry: Registry, before: str | None, names: Collection[str]) -> str:
    """Return the catalogue with the lines of `names` as the index has them, the others as they were.

    Where there was none, or one with a line of no fragment, all of it is made anew.
    """
    lines = {name_of_line(line): line for line in (before or "").split("\n") if line}
    if before is None or None in lines:
        lines = {listing.name: listing_line(listing) for listing in listings_of_index(registry)}
    for name in names:
        releases = registry.releases(name)
        lines.pop(name, None)
        if releases:
            lines[name] = listing_line(listing_of_release(newest(releases)))
    return "".join(f"{lines[name]}\n" for name in sorted(filter(None, lines)))
