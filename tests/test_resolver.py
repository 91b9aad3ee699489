"""The resolver against every answer there is, in universes small enough to try them all."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tapsmith.diagnostics import TapsmithError
from tapsmith.resolver.encoding import Wish
from tapsmith.resolver.search import Answer, solve
from tapsmith.resolver.universe import MemoryUniverse, Release
from universes import VIRTUAL, Whole, answers, bound_releases, counting, releases, wishes

REFUSALS = {"no-solution", "unknown-fragment", "version-mismatch"}
EXAMPLES = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def attempt(wish: Wish, universe: tuple[Release, ...]) -> Answer | None:
    """Return the resolver's answer; None where it says that there is none."""
    try:
        return solve(wish, MemoryUniverse(universe))
    except TapsmithError as error:
        return None if set(error.codes) <= REFUSALS else solve(wish, MemoryUniverse(universe))


def best(wish: Wish, universe: tuple[Release, ...], left: list[Whole]) -> Whole:
    """Return the best of all answers, by the order that the documentation gives."""
    decided: set[str] = set()
    chosen: set[str] = set()
    needs = {need.name for need in wish.needs}
    while True:
        now = left[0].picks
        asked = {r.name for name in decided for r in counting(now[name], wish, now)} | chosen
        names = (needs - decided - {VIRTUAL}) or (asked - decided - {VIRTUAL})
        if names:
            name = min(names)
            newest = max(whole.picks[name].version for whole in left)
            left = [whole for whole in left if whole.picks[name].version == newest]
            decided.add(name)
        elif VIRTUAL in needs | asked and not chosen:
            defaults = {
                release.name for release in universe if VIRTUAL in release.default_of and not release.yanked
            }
            providers = {whole.provider for whole in left if whole.provider}
            chosen = {min(providers, key=lambda p: (p not in needs, p not in decided, p not in defaults, p))}
            left = [whole for whole in left if whole.provider in chosen]
        else:
            [only] = left
            return only


@EXAMPLES
@given(wishes(), releases())
def test_the_answer_is_the_best_there_is(wish: Wish, universe: tuple[Release, ...]) -> None:
    """There is an answer exactly where trying all finds one, and it is the best of them."""
    every = list(answers(wish, universe))
    found = attempt(wish, universe)
    assert (found is not None) == bool(every)
    if found:
        whole = best(wish, universe, every)
        assert dict(found.picks) == whole.picks
        assert [choice.provider for choice in found.choices] == ([whole.provider] if whole.provider else [])


@EXAMPLES
@given(wishes(), bound_releases())
def test_macros_of_others_are_heeded(wish: Wish, universe: tuple[Release, ...]) -> None:
    """Where claims hang on another's macro, an answer is found exactly if there is one."""
    every = list(answers(wish, universe))
    found = attempt(wish, universe)
    assert (found is not None) == bool(every)
    if found:
        assert dict(found.picks) in [whole.picks for whole in every]


@EXAMPLES
@given(wishes(), releases(), st.integers())
def test_order_does_not_matter(wish: Wish, universe: tuple[Release, ...], seed: int) -> None:
    """The same declarations in another order come to the same answer, or to the same explanation."""
    chance = random.Random(seed)
    shuffled = [
        Release(
            **{
                **vars(release),
                "requires": tuple(chance.sample(release.requires, len(release.requires))),
            }
        )
        for release in chance.sample(universe, len(universe))
    ]
    other = Wish(wish.label, tuple(chance.sample(wish.needs, len(wish.needs))), wish.config)
    texts = []
    for asked, there in ((wish, universe), (other, tuple(shuffled))):
        try:
            found = solve(asked, MemoryUniverse(there))
            texts.append(repr([str(release) for release in found.picks.values()]) + repr(found.choices))
        except TapsmithError as error:
            texts.append(str(error))
    assert texts[0] == texts[1]


@EXAMPLES
@given(wishes(), releases(), st.randoms())
def test_what_a_lock_holds_is_kept_where_it_goes(
    wish: Wish, universe: tuple[Release, ...], chance: random.Random
) -> None:
    """Any answer, taken as a lock, is the answer again, yanked releases included."""
    every = list(answers(wish, universe))
    if every:
        whole = chance.choice(every)
        kept = {name: release.version for name, release in whole.picks.items()}
        if whole.provider is None:
            assert dict(solve(wish, MemoryUniverse(universe), kept).picks) == whole.picks
