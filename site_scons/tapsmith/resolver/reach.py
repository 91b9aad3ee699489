"""What of a model counts: the releases that the probe reaches, and who stands for each virtual name.

A solver's model may hold more than it must.  What nothing reaches is left
out: that breaks no claim, for each only asks for something or forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tapsmith.macro import Setting
from tapsmith.manifest import Requirement
from tapsmith.resolver import macros
from tapsmith.resolver.encoding import Encoding, in_order
from tapsmith.resolver.universe import Release


@dataclass
class Reach:
    """The releases reached, by name.

    `edges` are the fragments that each requires.  `asked` are the names it asks for, virtual ones as
    such, the probe being ""; `asked_if` those on conditions that hang on other fragments.  `providers`
    tells who stands for a virtual name, `missing` what is reached but not loaded yet.
    """

    picks: dict[str, Release] = field(default_factory=dict)
    edges: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    asked_if: dict[str, list[str]] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)


def reach(encoding: Encoding, model: Sequence[int]) -> Reach:
    """Return what the probe reaches in a model (the solver's list of signed variables)."""
    return _Walk(encoding, model).run()


class _Walk:
    def __init__(self, encoding: Encoding, model: Sequence[int]) -> None:
        self._encoding = encoding
        self._model = model
        self._found = Reach()
        self._open: list[tuple[str, Requirement, list[Setting]]] = []

    def run(self) -> Reach:
        for need in in_order(self._encoding.wish.needs):
            self._follow("", need, self._found.asked)
        # A condition may hang on a macro of what is reached only later.
        while True:
            held = [entry for entry in self._open if all(map(self._holds, entry[2]))]
            if not held:
                return self._found
            self._open = [entry for entry in self._open if entry not in held]
            for name, requirement, _ in held:
                self._follow(name, requirement, self._found.asked_if)

    def _follow(self, by: str, requirement: Requirement, asked: dict[str, list[str]]) -> None:
        """Take what a requirement comes to, and all that this requires."""
        todo = [(by, requirement)]
        while todo:
            asker, wanted = todo.pop()
            asked.setdefault(asker, []).append(wanted.name)
            asked = self._found.asked
            release = self._find(wanted.name)
            if release is None:
                continue
            if asker:
                self._found.edges[asker].append(release.name)
            if release.name not in self._found.picks:
                self._found.picks[release.name] = release
                self._found.edges[release.name] = []
                todo += [(release.name, inner) for inner in self._requirements(release)]

    def _requirements(self, release: Release) -> Iterator[Requirement]:
        """Yield what counts for certain, and keep what hangs on macros of others."""
        for requirement in in_order(release.requires):
            others = self._encoding.conditions(release, requirement)
            if others:
                self._open.append((release.name, requirement, others))
            elif others is not None:
                yield requirement

    def _find(self, name: str) -> Release | None:
        """Return the release that stands for a name; None, and the name is missing, if it is not loaded."""
        encoding = self._encoding
        if name in self._found.picks:
            return self._found.picks[name]
        if name not in encoding.usable:
            self._found.missing.add(name)
            return None
        if encoding.is_virtual(name):
            return self._provider(name)
        return next((r for r in encoding.usable[name] if self._is_true(encoding.chosen(r))), None)

    def _provider(self, virtual: str) -> Release | None:
        """Return the first of the fragments that the model has as this virtual name."""
        for name in self._encoding.providers(virtual):
            if self._is_true(self._encoding.offers(name, virtual)):
                self._found.providers.setdefault(virtual, name)
                return self._find(name)
        return None

    def _is_true(self, variable: int) -> bool:
        return variable <= len(self._model) and self._model[variable - 1] > 0

    def _holds(self, setting: Setting) -> bool:
        for release in self._found.picks.values():
            for macro in release.config:
                if macro.name == setting.macro:
                    value = self._encoding.value(macro)
                    return value is not None and value == macros.parsed(macro, setting)
        return False


def find_cycle(edges: dict[str, list[str]]) -> list[str] | None:
    """Return fragments that require each other, the first by name and depth; None if there are none."""
    done: set[str] = set()
    for start in sorted(edges):
        path: list[str] = []
        stack = [(start, iter(sorted(edges[start])))] if start not in done else []
        while stack:
            name, rest = stack[-1]
            if len(path) < len(stack):
                path.append(name)
            following = next(rest, None)
            if following is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif following in path:
                return path[path.index(following) :]
            elif following not in done:
                stack.append((following, iter(sorted(edges.get(following, [])))))
    return None
