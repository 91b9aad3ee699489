"""Which fragments extend others: they define what these mention without requiring it.

`maps` has a macro that asks for a string's key function, and works without one;
`map_strings` defines it.  So a probe that calls the macro may be what
`map_strings` is needed for, though it names nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tapsmith import csource
from tapsmith.analysis.ctokens import Unit
from tapsmith.analysis.names import mentions, reached
from tapsmith.analysis.sources import read_units
from tapsmith.library import Library
from tapsmith.manifest import Fragment
from tapsmith.resolution import Resolution
from tapsmith.symbols import PLAIN


def find_extensions(resolution: Resolution, library: Library, names: Iterable[str]) -> dict[str, bool]:
    """Return the chosen fragments that extend others, and whether the probe reaches what they extend.

    `names` are those that the probe uses.
    """
    found = {}
    edges = {fragment.name: mentions(read_units(fragment)) for fragment in resolution.fragments}
    for fragment in resolution.fragments:
        joined: dict[str, frozenset[str]] = {}
        for base in resolution.fragments:
            if fragment.name not in library.reach(base, conditional=False):
                for name, named in edges[base.name].items():
                    joined[name] = joined.get(name, frozenset()) | named
        asked = frozenset(joined).union(*joined.values())
        extends = _leading(fragment, edges[fragment.name], asked & edges[fragment.name].keys())
        if extends:
            found[fragment.name] = bool(reached(names, joined) & extends)
    return found


def _leading(
    fragment: Fragment, edges: Mapping[str, frozenset[str]], names: frozenset[str]
) -> frozenset[str]:
    """Return those of the names that lead to an export: what else a fragment defines anew only serves these.

    Of a fragment without exports, all of them.
    """
    exports = {export.name for export in fragment.exports}
    return frozenset(name for name in names if not exports or reached([name], edges) & exports)


def names_calls_plainly(files: Iterable[Unit]) -> bool:
    """Tell whether a probe is on the plain name of a system call, or on one that only the load knows."""
    for unit in files:
        found = csource.probed_symbols(unit.text)
        if any(symbol.kind == "function" and symbol.name.startswith(PLAIN) for symbol in found):
            return True
        tokens = [*unit.outside, *(token for function in unit.functions for token in function.body)]
        named = sum(token.text in ("symbol_name", "addr") for token in tokens)
        if named > sum(symbol.kind != "tracepoint" for symbol in found):
            return True
    return False
