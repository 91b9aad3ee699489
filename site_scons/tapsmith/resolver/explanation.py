"""Why there is no answer: the fewest claims that cannot all hold, from the probe on, and what would help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pysat.solvers import Solver

from tapsmith.diagnostics import Place, Problem, TapsmithError
from tapsmith.document import Scalar
from tapsmith.macro import Setting
from tapsmith.manifest import Requirement
from tapsmith.resolver.claims import Absent, Claim, Conflicts, Cycle, Need, Objects, Requires, wanted
from tapsmith.resolver.encoding import Encoding, Wish
from tapsmith.resolver.universe import Release, Universe
from tapsmith.versions import ANY

Trial = Callable[[Wish], Mapping[str, Release] | None]
"""Tells the picks of an answer to a changed wish, if it has one."""

_SUGGESTIONS = 3
_LINES = 30
_LINKS = 4  # of a chain that is told link by link
_HARD = 300  # contradictions that one step of shortening may cost


def explain(encoding: Encoding, universe: Universe, trial: Trial) -> TapsmithError:
    """Return the error for clauses that contradict each other.

    Its code is `no-solution`, or `unknown-fragment` or `version-mismatch` where what the probe itself
    needs is not there.
    """
    claims = _in_order(_fewest(encoding), encoding)
    sentences = _shortened(claims, [_told_with_place(claim, encoding) for claim in claims])
    place = next((claim.place for claim in claims if isinstance(claim, Need)), None)
    mend = "; or ".join(_mends(claims, encoding.wish, trial)) or _last_resort(claims)
    if len(claims) == 2 and isinstance(claims[0], Need) and isinstance(claims[1], Absent):
        code = "version-mismatch" if universe.releases(claims[1].name) else "unknown-fragment"
        message = f"{encoding.wish.label} needs {wanted(claims[0].requirement)}, but {sentences[1]}"
        return TapsmithError(Problem(code, message, place, mend))
    message = f"no versions of what {encoding.wish.label} needs go together"
    detail = "  because " + "\n  and ".join(sentences[:_LINES]) + "."
    if len(sentences) > _LINES:
        detail += f"\n  ({len(sentences) - _LINES} more such lines are left out)"
    return TapsmithError(Problem("no-solution", message, place, mend, detail))


def _told_with_place(claim: Claim, encoding: Encoding) -> str:
    sentence = claim.sentence(lambda name: encoding.usable.get(name, ()))
    return f"{sentence} ({claim.place})" if claim.place else sentence


def _shortened(claims: Sequence[Claim], sentences: Sequence[str]) -> list[str]:
    """Return the sentences with the middle of long chains, where each only leads to the next, left out."""
    kept: list[str] = []
    start = 0
    while start < len(claims):
        end = start
        while end + 1 < len(claims) and _leads(claims[end], claims[end + 1], claims):
            end += 1
        if end - start + 1 > _LINKS:
            middle = [claim.requirement.name for claim in claims[start:end] if isinstance(claim, Requires)]
            way = f"{middle[0]} ... {middle[-1]}"
            kept += [sentences[start], f"so on, by way of {len(middle)} fragments: {way}", sentences[end]]
        else:
            kept += sentences[start : end + 1]
        start = end + 1
    return kept


def _leads(claim: Claim, following: Claim, claims: Sequence[Claim]) -> bool:
    """Tell whether a requirement leads to the next one, and nowhere else."""
    if not (isinstance(claim, Requires) and isinstance(following, Requires)):
        return False
    name = claim.requirement.name
    askers = [c for c in claims if isinstance(c, (Need, Requires)) and c.requirement.name == name]
    told = [c for c in claims if isinstance(c, Requires) and c.releases[0].name == name]
    return len(askers) == 1 and told == [following]


def _fewest(encoding: Encoding) -> list[Claim]:
    """Return claims that contradict each other, none of which can be left out."""
    claims = list({id(claim): claim for _, claim in encoding.clauses if claim}.values())
    guards = {id(claim): i + 1 for i, claim in enumerate(claims)}
    shift = len(claims)
    with Solver(name="glucose4") as solver:
        for clause, claim in encoding.clauses:
            moved = [v + shift if v > 0 else v - shift for v in clause]
            solver.add_clause([*moved, -guards[id(claim)]] if claim else moved)
        solver.solve(assumptions=list(range(1, shift + 1)))
        needed = sorted(solver.get_core() or ())
        for guard in list(needed):
            rest = [other for other in needed if other != guard]
            solver.conf_budget(_HARD)
            # A step that is too hard keeps its claim: the explanation is then longer than need be, not wrong.
            if solver.solve_limited(assumptions=rest) is False:
                core = set(solver.get_core() or ())
                needed = [other for other in rest if other in core]
    return [claims[guard - 1] for guard in needed]


def _in_order(claims: Sequence[Claim], encoding: Encoding) -> list[Claim]:
    """Return the claims as they follow from each other: first the probe's, then those on what these name."""
    left = list(claims)
    order: list[Claim] = []
    names = {name for claim in claims if isinstance(claim, Need) for name in _told(claim, encoding)}
    while left:
        ready = [
            claim for claim in left if not isinstance(claim, Requires) or claim.releases[0].name in names
        ]
        # What only forbids comes last, when all that it forbids has been told of.
        ready = [c for c in ready if isinstance(c, (Need, Requires))] or ready or left
        first = min(ready, key=lambda claim: (not isinstance(claim, Need), _sort_key(claim)))
        left.remove(first)
        order.append(first)
        names |= _told(first, encoding)
    return order


def _told(claim: Claim, encoding: Encoding) -> set[str]:
    """Return the fragments that a claim asks for."""
    if not isinstance(claim, (Need, Requires)):
        return set()
    name = claim.requirement.name
    return {name, *encoding.providers(name)}


def _sort_key(claim: Claim) -> tuple[str, ...]:
    if isinstance(claim, Need):
        return (claim.requirement.name,)
    if isinstance(claim, (Requires, Conflicts)):
        return (claim.releases[0].name, claim.requirement.name, str(claim.requirement.range))
    if isinstance(claim, Absent):
        return (claim.name, claim.range)
    return ("~", claim.text if isinstance(claim, Objects) else str(claim))


def _mends(claims: Sequence[Claim], wish: Wish, trial: Trial) -> list[str]:
    """Return changes of the probe of which each alone would do."""
    found: list[str] = []
    for claim in claims:
        if isinstance(claim, Need) and not claim.requirement.range.any and len(found) < _SUGGESTIONS:
            text = _wider(claim.requirement, wish, trial)
            found += [text] if text else []
    for claim in claims:
        if isinstance(claim, Objects):
            found += _other_values(claim, wish, trial)
    return list(dict.fromkeys(found))


def _other_values(claim: Objects, wish: Wish, trial: Trial) -> list[str]:
    """Return how another value of a macro would do."""
    rest = tuple(setting for setting in wish.config if setting.macro != claim.macro)
    found = []
    if len(rest) < len(wish.config) and trial(replace(wish, config=rest)) is not None:
        found.append(f"leave {claim.macro} at its default")
    value = claim.limits.choices[0] if claim.limits.choices else str(claim.limits.low)
    place = claim.place or Place(Path())
    setting = Setting(claim.macro, Scalar(value, True, place), place)
    if trial(replace(wish, config=(*rest, setting))) is not None:
        found.append(f"choose {claim.macro} {claim.limits}")
    return found


def _wider(requirement: Requirement, wish: Wish, trial: Trial) -> str | None:
    """Return how another range of one need would do; None if none would."""
    wider = tuple(replace(need, range=ANY) if need == requirement else need for need in wish.needs)
    picks = trial(replace(wish, needs=wider))
    if picks is None or requirement.name not in picks:
        return None
    major, minor, patch = picks[requirement.name].version.release
    return f"write `{requirement.name}: ^{major}.{minor}{f'.{patch}' if not major and not minor else ''}`"


def _last_resort(claims: Sequence[Claim]) -> str:
    absent = [claim for claim in claims if isinstance(claim, Absent)]
    if absent:
        return absent[0].mend
    if any(isinstance(claim, Cycle) for claim in claims):
        return "cut one of the requirements that close the circle"
    needs = [wanted(claim.requirement) for claim in claims if isinstance(claim, Need)]
    return f"do without {' or '.join(needs)}, or ask the authors for releases that go together"
