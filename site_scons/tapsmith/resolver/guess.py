"""A first guess: the newest of everything, with no look back.

It is often the answer, and else near it.  The solver is told, and tries this first.
"""

from __future__ import annotations

from tapsmith.resolver.encoding import Encoding
from tapsmith.versions import Range


def guess(encoding: Encoding) -> list[int]:
    """Load what the guess reaches, and return the variables of its releases."""
    ranges: dict[str, list[Range]] = {}
    todo: dict[str, None] = {}
    for need in encoding.wish.needs:
        ranges.setdefault(need.name, []).append(need.range)
        todo[need.name] = None
    names = sorted(todo)
    variables = []
    for name in names:
        encoding.load(name)
        inside = (
            r for r in encoding.usable[name] if all(known.contains(r.version) for known in ranges[name])
        )
        release = next(inside, None)
        if release is None:
            continue
        variables.append(encoding.chosen(release))
        for requirement, _ in encoding.requirements(release):
            ranges.setdefault(requirement.name, []).append(requirement.range)
            if requirement.name not in todo:
                todo[requirement.name] = None
                names.append(requirement.name)
    return variables
