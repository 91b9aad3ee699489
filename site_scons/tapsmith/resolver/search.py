"""The search: of every fragment that is needed one release, the newest that goes.

A SAT solver finds whether there is an answer; which one is decided name by
name.  First come the probe's needs by name, then what is required, by name,
then virtual names; each takes the first candidate with which there is still
an answer: what a lock holds, else the newest.  So the answer is the same
whatever the order of declarations, and no other is better at the first name
where they differ.

Only an answer that is known to be whole is built upon: all it reaches is
loaded, and no fragments require each other.  So no decision is ever undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pysat.solvers import Solver

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.resolver.claims import Asked
from tapsmith.resolver.encoding import Encoding, Wish
from tapsmith.resolver.explanation import explain
from tapsmith.resolver.reach import Reach, find_cycle, reach
from tapsmith.resolver.universe import Release, Universe
from tapsmith.versions import Version

CONFLICTS = 50_000
"""Contradictions that the solver may run into before the search gives up."""
ROUNDS = 5_000
"""Answers that may turn out to have a cycle before the search gives up."""


@dataclass(frozen=True)
class Choice:
    """Who stands for a virtual name, and why, as the end of a sentence."""

    virtual: str
    provider: str
    why: str


@dataclass(frozen=True)
class Answer:
    """One release a name, in order of names, and the choices among providers."""

    picks: Mapping[str, Release]
    choices: tuple[Choice, ...]


def solve(wish: Wish, universe: Universe, prefer: Mapping[str, Version] = MappingProxyType({})) -> Answer:
    """Return the best answer to a wish; `prefer` are versions to keep where that goes.

    TapsmithError: `no-solution` with a derivation, or `search-too-long`.
    """
    search = Search(wish, universe, prefer)
    found = search.whole()
    if found is None:
        raise explain(search.encoding, universe, lambda relaxed: is_solvable(relaxed, universe))
    return search.decide(found)


def is_solvable(wish: Wish, universe: Universe) -> Mapping[str, Release] | None:
    """Return the picks of an answer if there is one; None if there is none, or to find out takes too long."""
    try:
        search = Search(wish, universe, {})
        found = search.whole()
        return search.decide(found).picks if found else None
    except TapsmithError:
        return None


def why_not(wish: Wish, universe: Universe, asked: Release) -> TapsmithError | None:
    """Return what stands against a release in the answer to a wish, or None if nothing does.

    TapsmithError: `search-too-long`.
    """
    search = Search(wish, universe, {asked.name: asked.version})
    search.encoding.load(asked.name)
    search.encoding.require(search.encoding.chosen(asked), Asked(asked, asked.place))
    if search.whole() is not None:
        return None
    return explain(search.encoding, universe, lambda relaxed: None)


class Search:
    """A solver and what it has been told."""

    def __init__(self, wish: Wish, universe: Universe, prefer: Mapping[str, Version]) -> None:
        self.encoding = Encoding(wish, universe, prefer)
        self._prefer = prefer
        self._solver = Solver(name="glucose4")
        self._told = 0
        self._cycles: Counter[str] = Counter()

    def whole(self, *assumed: int) -> Reach | None:
        """Return an answer in which all is loaded and nothing goes in circles; None if there is none."""
        while True:
            model = self._model(assumed)
            if model is None:
                return None
            found = reach(self.encoding, model)
            for name in sorted(found.missing):
                self.encoding.load(name)
            if found.missing:
                continue
            cycle = find_cycle(found.edges)
            if cycle is None:
                return found
            self.encoding.forbid(cycle)
            self._cycles.update(cycle)
            if self._cycles.total() > ROUNDS:
                raise self._too_long(self._cycles)

    def decide(self, found: Reach) -> Answer:
        """Return the best answer, given a whole one."""
        decided: set[str] = set()
        choices: dict[str, Choice] = {}
        while True:
            names, virtuals = self._waiting(found, decided, choices)
            if names:
                found = self._take(min(names), found)
                decided.add(min(names))
            elif virtuals:
                found, choice = self._choose(min(virtuals), decided)
                choices[choice.virtual] = choice
            else:
                break
        picks = {name: found.picks[name] for name in sorted(found.picks)}
        return Answer(MappingProxyType(picks), tuple(choices[name] for name in sorted(choices)))

    def _waiting(
        self, found: Reach, decided: set[str], choices: Mapping[str, Choice]
    ) -> tuple[set[str], set[str]]:
        """Return the names to decide next, and the virtual ones for which there is time after them."""
        chosen = {choice.provider for choice in choices.values()}
        virtuals: set[str] = set()
        for asked in (
            found.asked.get("", []),
            [other for name in decided for other in found.asked.get(name, [])] + list(chosen),
            [other for name in decided for other in found.asked_if.get(name, [])],
        ):
            names = {name for name in asked if name in found.picks} - decided
            virtuals |= {name for name in asked if name in found.providers} - choices.keys()
            if names:
                return names, virtuals
        return set(), virtuals

    def _take(self, name: str, found: Reach) -> Reach:
        """Return an answer with the first release that goes, and hold to it from here on."""
        kept = self._prefer.get(name)
        for release in sorted(self.encoding.usable[name], key=lambda release: release.version != kept):
            literal = self.encoding.chosen(release)
            better = found if found.picks[name] == release else self.whole(literal)
            if better is not None:
                self.encoding.require(literal)
                return better
        raise AssertionError(f"an answer has {name}, but none of its releases goes")

    def _choose(self, virtual: str, decided: set[str]) -> tuple[Reach, Choice]:
        """Decide who stands for a virtual name: who is in anyway, else the default, else the first."""
        needs = {need.name for need in self.encoding.wish.needs}
        providers = self.encoding.providers(virtual)

        def rank(name: str) -> tuple[bool, bool, bool, str]:
            self.encoding.load(name)
            default = any(virtual in release.default_of for release in self.encoding.usable[name])
            return (name not in needs, name not in decided, not default, name)

        for name in sorted(providers, key=rank):
            literal = self.encoding.offers(name, virtual)
            others = [-self.encoding.offers(other, virtual) for other in providers if other != name]
            better = self.whole(literal, *others)
            if better is not None:
                for sure in (literal, *others):
                    self.encoding.require(sure)
                return better, Choice(virtual, name, _why(rank(name), len(providers)))
        raise AssertionError(f"an answer has {virtual}, but nobody provides it")

    def _model(self, assumed: Sequence[int]) -> Sequence[int] | None:
        for clause, _ in self.encoding.clauses[self._told :]:
            self._solver.add_clause(clause)
        self._told = len(self.encoding.clauses)
        left = CONFLICTS - self._solver.accum_stats()["conflicts"]
        self._solver.conf_budget(max(left, 1))
        status = self._solver.solve_limited(assumptions=list(assumed))
        if status is None:
            raise self._too_long(self._blame())
        model: Sequence[int] | None = self._solver.get_model() if status else None
        return model

    def _blame(self) -> Counter[str]:
        """Return how often each fragment is in what a solver learns from contradictions."""
        names = self.encoding.names()
        counts: Counter[str] = Counter()
        with Solver(name="glucose3", with_proof=True) as solver:
            for clause, _ in self.encoding.clauses:
                solver.add_clause(clause)
            solver.conf_budget(CONFLICTS // 10)
            solver.solve_limited()
            for line in solver.get_proof() or ():
                if not line.startswith("d"):
                    counts.update({names[abs(v)] for v in map(int, line.split()) if abs(v) in names})
        return counts

    def _too_long(self, counts: Counter[str]) -> TapsmithError:
        most = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]]
        message = f"the search for versions was given up after {CONFLICTS} contradictions"
        mend = f"narrow the ranges of what is in most of them: {', '.join(most)}"
        return fail("search-too-long", message, mend=mend)


def _why(rank: tuple[bool, bool, bool, str], providers: int) -> str:
    not_needed, not_in, not_default, _ = rank
    if not not_needed:
        return "the probe needs it"
    if providers == 1:
        return "nothing else provides it"
    if not not_in:
        return "it is in anyway"
    return "the first by name" if not_default else "it is the default"
