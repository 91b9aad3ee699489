"""Which names a probe's C uses that it does not declare itself.

A name counts where it stands for what somebody else declared: not as a member
(`p->dlog`), not as a local variable or parameter of that name, not where the
file has a function, macro, variable or type of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tapsmith.analysis.ctokens import Token, Unit, is_member
from tapsmith.analysis.declarations import (
    BEGINNINGS,
    TAGS,
    bodies,
    declarators,
    declared_by,
    fields,
    locals_of,
    statements,
)
from tapsmith.diagnostics import Place


@dataclass(frozen=True)
class Use:
    """A name, or `struct x`, and where it is used."""

    name: str
    place: Place


def uses(files: Sequence[Unit]) -> tuple[Use, ...]:
    """Return each place where one of the files names what none of them declares."""
    own = frozenset().union(*(declared_by(unit) for unit in files))
    return tuple(use for unit in files for use in _uses(unit, own))


def members(files: Sequence[Unit]) -> frozenset[str]:
    """Return the members of structures that the files name."""
    return frozenset(
        tokens[index].text
        for unit in files
        for tokens in (unit.outside, *(function.body for function in unit.functions))
        for index in range(1, len(tokens))
        if tokens[index].is_name and tokens[index - 1].text in (".", "->")
    )


def mentions(files: Sequence[Unit]) -> dict[str, frozenset[str]]:
    """Return what each function, macro and variable of the files names."""
    found: dict[str, set[str]] = {}
    for unit in files:
        for function in unit.functions:
            found.setdefault(function.name, set()).update(_names(function.body))
        for statement in statements(unit.outside):
            for name in declarators(statement, 0):
                found.setdefault(name, set()).update(_names(statement))
    return {name: frozenset(named - {name}) for name, named in found.items()}


def reached(names: Iterable[str], edges: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return `names` and all that they lead to."""
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += edges.get(name, ())
    return frozenset(seen)


def _uses(unit: Unit, own: frozenset[str]) -> Iterator[Use]:
    yield from _used(unit, unit.outside, own)
    for function in unit.functions:
        hidden = own | locals_of(function)
        # A parameter's type is used, too, though its name hides whatever is called like it.
        yield from _used(unit, function.parameters if function.kind != "macro" else (), hidden)
        yield from _used(unit, function.body, hidden)


def _used(unit: Unit, tokens: Sequence[Token], hidden: frozenset[str]) -> Iterator[Use]:
    inner = {index for start, end in bodies(tokens) for index in fields(tokens, start, end)}
    for index, token in enumerate(tokens):
        if not token.is_name or is_member(tokens, index) or index in inner or _is_label(tokens, index):
            continue
        before = tokens[index - 1].text if index else ""
        name = f"{before} {token.text}" if before in TAGS else token.text
        if name not in hidden:
            yield Use(name, unit.place(token.offset))


def _names(tokens: Sequence[Token]) -> Iterator[str]:
    return (t.text for index, t in enumerate(tokens) if t.is_name and not is_member(tokens, index))


def _is_label(tokens: Sequence[Token], index: int) -> bool:
    before = tokens[index - 1].text if index else "{"
    return before in BEGINNINGS and [t.text for t in tokens[index + 1 : index + 2]] == [":"]
