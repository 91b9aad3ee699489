"""Reading a universe ahead of a solver, which asks one name after the other: many names at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tapsmith.diagnostics import TapsmithError
from tapsmith.parallel import each
from tapsmith.resolver.universe import Universe


def read_ahead(universe: Universe, names: Iterable[str]) -> None:
    """Look at all that resolving some names may look at, many names at a time.

    What has been read once is not asked for again.  TapsmithError: what reading raises, but for `bad-index`.
    """
    seen: set[str] = set()
    wave = set(names)
    while wave:
        seen |= wave
        wave = {name for found in each(lambda name: _reached(universe, name), sorted(wave)) for name in found}
        wave -= seen


def _reached(universe: Universe, name: str) -> Sequence[str]:
    try:
        releases = universe.releases(name)
        if releases:
            return [requirement.name for release in releases for requirement in release.requires]
        return universe.providers(name)
    except TapsmithError as error:
        # Damage counts where the search comes to it.
        if set(error.codes) != {"bad-index"}:
            raise
        return ()
