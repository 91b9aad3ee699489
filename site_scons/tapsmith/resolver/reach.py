"""What of a model counts: the releases that the probe reaches, and who stands for each virtual name.

A solver's model may hold more than it must.  What nothing reaches is left
out: that breaks no claim, for each only asks for something or forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

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
    tells who stands for a virtual name.
    """

    picks: dict[str, Release] = field(default_factory=dict)
    edges: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    asked_if: dict[str, list[str]] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A model (the solver's list of signed variables) of an encoding, looked at only as far as is asked."""

    encoding: Encoding
    model: Sequence[int]

    def is_true(self, variable: int) -> bool:
        """Tell whether the model has this."""
        return variable <= len(self.model) and self.model[variable - 1] > 0

    def pick(self, name: str) -> Release | None:
        """Return the release that the model has of a loaded fragment, whether it is reached or not."""
        chosen = self.encoding.chosen
        return next((r for r in self.encoding.usable[name] if self.is_true(chosen(r))), None)

    @cached_property
    def reach(self) -> Reach:
        """What the probe reaches."""
        return _Walk(self).run()


class _Walk:
    def __init__(self, found: Found) -> None:
        self._encoding = found.encoding
        self._model = found
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
        for requirement, others in self._encoding.requirements(release):
            if others:
                self._open.append((release.name, requirement, others))
            else:
                yield requirement

    def _find(self, name: str) -> Release | None:
        """Return the release that stands for a name."""
        encoding = self._encoding
        if name in self._found.picks:
            return self._found.picks[name]
        if encoding.is_virtual(name):
            return self._provider(name)
        return self._model.pick(name)

    def _provider(self, virtual: str) -> Release | None:
        """Return the first of the fragments that the model has as this virtual name."""
        for name in self._encoding.providers(virtual):
            if self._model.is_true(self._encoding.offers(name, virtual)):
                self._found.providers.setdefault(virtual, name)
                return self._find(name)
        return None

    def _holds(self, setting: Setting) -> bool:
        for release in self._found.picks.values():
            for macro in release.config:
                if macro.name == setting.macro:
                    value = self._encoding.macros.value(macro)
                    return value is not None and value == macros.parsed(macro, setting)
        return False
