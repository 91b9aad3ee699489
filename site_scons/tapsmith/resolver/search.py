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
from tapsmith.garbage import uncollected
from tapsmith.resolver.agenda import Agenda, Choice
from tapsmith.resolver.claims import Asked
from tapsmith.resolver.cycles import find_cycle
from tapsmith.resolver.encoding import Encoding, Wish
from tapsmith.resolver.explanation import explain
from tapsmith.resolver.guess import guess
from tapsmith.resolver.reach import Found
from tapsmith.resolver.universe import Release, Universe
from tapsmith.versions import Version

CONFLICTS = 50_000
"""Contradictions that the solver may run into before the search gives up."""
ROUNDS = 5_000
"""Answers that may turn out to have a cycle before the search gives up."""


@dataclass(frozen=True)
class Answer:
    """One release a name, in order of names, and the choices among providers."""

    picks: Mapping[str, Release]
    choices: tuple[Choice, ...]


def solve(wish: Wish, universe: Universe, prefer: Mapping[str, Version] = MappingProxyType({})) -> Answer:
    """Return the best answer to a wish; `prefer` are versions to keep where that goes.

    TapsmithError: `no-solution` with a derivation, or `search-too-long`.
    """
    with uncollected():
        search = Search(wish, universe, prefer)
        found = search.start()
        if found is None:
            raise explain(search.encoding, universe, lambda relaxed: is_solvable(relaxed, universe))
        return search.decide(found)


def is_solvable(wish: Wish, universe: Universe) -> Mapping[str, Release] | None:
    """Return the picks of an answer if there is one; None if there is none, or to find out takes too long."""
    try:
        search = Search(wish, universe, {})
        found = search.start()
        return search.decide(found).picks if found else None
    except TapsmithError:
        return None


def why_not(wish: Wish, universe: Universe, asked: Release) -> TapsmithError | None:
    """Return what stands against a release in the answer to a wish, or None if nothing does.

    TapsmithError: `search-too-long`.
    """
    search = Search(wish, universe, {asked.name: asked.version})
    search.encoding.load(asked.name)
    search.encoding.add([search.encoding.chosen(asked)], Asked(asked, asked.place))
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

    def start(self) -> Found | None:
        """Return an answer near the first guess; None if there is no answer at all."""
        hints = guess(self.encoding)
        while hints:
            found = self.whole(*hints)
            if found is not None:
                return found
            # Of what does not go together, the last of the guess was the least sure.
            core = set(self._solver.get_core() or ())
            wrong = next((hint for hint in reversed(hints) if hint in core), None)
            if wrong is None:
                return None
            hints.remove(wrong)
        return self.whole()

    def whole(self, *assumed: int) -> Found | None:
        """Return an answer in which all is loaded and nothing goes in circles; None if there is none."""
        while True:
            model = self._model(assumed)
            if model is None:
                return None
            found = Found(self.encoding, model)
            if self._load_more(found):
                continue
            # Where no cycle can be, none is looked for: that takes longer than the solver did.
            cycle = None if self.encoding.is_acyclic else find_cycle(found.reach.edges)
            if cycle is None:
                return found
            self.encoding.forbid(cycle)
            self._cycles.update(cycle)
            if self._cycles.total() > ROUNDS:
                raise self._too_long(self._cycles)

    def _load_more(self, found: Found) -> bool:
        """Load what a model wants that is not loaded; tell whether there was anything."""
        unloaded = self.encoding.unloaded()
        wanted = sorted(name for name in unloaded if any(map(found.is_true, unloaded[name])))
        for name in wanted:
            self.encoding.load(name)
        return bool(wanted)

    def decide(self, found: Found) -> Answer:
        """Return the best answer, given a whole one."""
        agenda = Agenda(self.encoding)
        while True:
            if name := agenda.next():
                found = self._take(name, agenda.candidates(name, self._prefer.get(name)), found)
                agenda.decide(name, found.pick(name))
            elif not agenda.add_conditional(found.reach):
                virtual = agenda.next_virtual()
                if virtual is None:
                    break
                found, choice = self._choose(virtual, agenda)
                agenda.choose(choice)
        picks = found.reach.picks
        ordered = {name: picks[name] for name in sorted(picks)}
        return Answer(
            MappingProxyType(ordered), tuple(agenda.choices[name] for name in sorted(agenda.choices))
        )

    def _take(self, name: str, candidates: Sequence[Release], found: Found) -> Found:
        """Return an answer with the first candidate that goes, and hold to it from here on."""
        literals = [self.encoding.chosen(release) for release in candidates]
        while True:
            here = next(i for i, literal in enumerate(literals) if found.is_true(literal))
            better = self.whole(self.encoding.one_of(literals[:here])) if here else None
            if better is None:
                self.encoding.add([literals[here]])
                return found
            found = better

    def _choose(self, virtual: str, agenda: Agenda) -> tuple[Found, Choice]:
        """Decide who stands for a virtual name, and hold to it from here on."""
        providers = self.encoding.providers(virtual)
        for name in providers:
            self.encoding.load(name)
        for rank in sorted(agenda.rank(virtual, name) for name in providers):
            literal = self.encoding.offers(rank.name, virtual)
            others = [-self.encoding.offers(other, virtual) for other in providers if other != rank.name]
            found = self.whole(literal, *others)
            if found is not None:
                for sure in (literal, *others):
                    self.encoding.add([sure])
                return found, Choice(virtual, rank.name, rank.why(len(providers)))
        raise AssertionError(f"an answer has {virtual}, but nobody provides it")

    def _tell(self) -> None:
        for clause, _ in self.encoding.clauses[self._told :]:
            self._solver.add_clause(clause)
        self._told = len(self.encoding.clauses)

    def _model(self, assumed: Sequence[int]) -> Sequence[int] | None:
        self._tell()
        left = CONFLICTS - self._solver.accum_stats()["conflicts"]
        self._solver.conf_budget(max(left, 1))
        status = self._solver.solve_limited(assumptions=list(assumed))
        if status is None:
            raise self._too_long(self._blame())
        model: Sequence[int] | None = self._solver.get_model() if status else None
        return model

    def _blame(self) -> Counter[str]:
        """Return how often each fragment is in what a solver learns from contradictions."""
        names = {variable: release.name for variable, release in self.encoding.releases.items()}
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
