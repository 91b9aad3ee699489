"""Variables and clauses, as a SAT solver takes them.

A variable stands for "this release is chosen", "something in this range is",
"this condition holds".  A clause is a list of variables, negative for "not",
of which one at least must be true.  Each that is not plain logic comes from
a claim: see `claims`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from tapsmith.macro import Setting
from tapsmith.resolver.claims import Claim
from tapsmith.resolver.universe import Release


class Clauses:
    """A list of clauses that only grows.

    `clauses` has each with the claim it comes from (None: plain logic), `releases` the releases that have
    been introduced, by the variable for "it is chosen".
    """

    def __init__(self) -> None:
        self.clauses: list[tuple[tuple[int, ...], Claim | None]] = []
        self.releases: dict[int, Release] = {}
        self._chosen: dict[int, int] = {}
        self._numbers: dict[Hashable, int] = {}

    def number(self, *key: Hashable) -> int:
        """Return the variable of a key; a new one for a new key."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def introduce(self, release: Release) -> None:
        """Give a release its variable."""
        # By identity: the releases of a name are read once, and comparing them takes long.
        variable = self.number("chosen", id(release))
        self._chosen[id(release)] = variable
        self.releases[variable] = release

    def chosen(self, release: Release) -> int:
        """Return the variable for "this release is chosen"."""
        return self._chosen[id(release)]

    def offers(self, provider: str, virtual: str) -> int:
        """Return the variable for "this fragment is to be there as that virtual name"."""
        return self.number("offers", provider, virtual)

    def holds(self, setting: Setting) -> int:
        """Return the variable for "this macro has this value"."""
        return self.number("holds", setting.macro, setting.value.text)

    def add(self, literals: Sequence[int], claim: Claim | None = None) -> None:
        """Say that one at least of these is true."""
        self.clauses.append((tuple(literals), claim))

    def one_of(self, literals: Sequence[int]) -> int:
        """Return a new variable that may be true only if one of these is."""
        variable = self.number("one of", len(self.clauses))
        self.add([-variable, *literals])
        return variable

    def at_most_one(self, literals: Sequence[int]) -> None:
        """Say that one of these at most is true, with a chain of variables "one up to here is"."""
        before = 0
        for i, literal in enumerate(literals):
            if before:
                self.add([-before, -literal])
            if i + 1 < len(literals):
                here = self.number("up to", literal)
                self.add([-literal, here])
                if before:
                    self.add([-before, here])
                before = here
