"""What one run of scons finds once: the kernels, the plans and resolutions, and what was built."""

from __future__ import annotations

import atexit
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock as Mutex
from threading import RLock
from typing import TYPE_CHECKING, Any

from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import KernelTree
from tapsmith.plans import PLANS_FILE, Plan, Plans
from tapsmith.scons.chosen import Chosen, choose_kernels
from tapsmith.scons.options import only_looks
from tapsmith.scons.wanted import Wanted

if TYPE_CHECKING:
    from tapsmith.library import Library
    from tapsmith.module_signing import SigningKey
    from tapsmith.packages.obtaining import Obtained
    from tapsmith.scons.resolving import Resolving


@dataclass
class Built:
    """A module of this run: what is in it, its kernel and node, how long it took, or why it is not made."""

    plan: Plan
    wanted: Wanted
    facts: KernelTree
    module: Any
    seconds: float | None = None
    error: TapsmithError | None = None

    @property
    def name(self) -> str:
        """The probe's name."""
        return self.plan.name

    @property
    def release(self) -> str:
        """The kernel's release."""
        return self.facts.target.release


@dataclass(frozen=True)
class Refused:
    """A module that cannot be built: its node, the probe and the kernel by name, and why."""

    name: str
    module: Any
    release: str
    error: TapsmithError


class Session:
    """The state that the nodes of one run share, whatever environments they are of.

    `told` are the refusals (by `id`) that have been printed: what holds for several kernels is said once.
    `edited` are the probes that editors are told of, `signing` the keys that have been read.
    """

    def __init__(self) -> None:
        self.built: list[Built] = []
        self.refused: list[Refused] = []
        self.ends_with_table = False
        self.guest = Mutex()
        self.told: set[int] = set()
        self.edited: dict[Wanted, None] = {}
        self.signing: dict[tuple[str | None, ...], SigningKey | None] = {}
        self._kernels: dict[tuple[str, ...], tuple[Chosen, ...]] = {}
        self._plans: dict[str, Plans] = {}
        self._made: dict[Wanted, Plan] = {}
        self._obtained: dict[Wanted, Obtained | TapsmithError] = {}
        # Modules are made in threads.
        self._resolving_lock = RLock()
        self._resolving: Resolving | None = None
        self._nodes: dict[str, Any] = {}

    def file(self, env: Any, path: str) -> Any:
        """Return the node of a source: scons would look one up again for each probe that has it."""
        if path not in self._nodes:
            self._nodes[path] = env.fs.File(path)
        return self._nodes[path]

    def plans(self, build: str) -> Plans:
        """Return the plans of what is built in the directory `build`, kept when the run ends."""
        if build not in self._plans:
            self._plans[build] = Plans(Path(build) / PLANS_FILE)
            if not only_looks():
                atexit.register(self._plans[build].save)
        return self._plans[build]

    def plan(self, wanted: Wanted, facts: KernelTree, plans: Plans) -> Plan:
        """Return the plan of a probe's module, which fits the kernel; TapsmithError if there is none."""
        plan = plans.find(wanted.key) or self._made.get(wanted) or self._make(wanted, plans)
        if facts.identity not in plan.kernels:
            from tapsmith.resolution import check_target

            check_target(self.obtained(wanted).resolution, facts.target.release, facts.config)
            plans.found_fit(wanted.key, facts.identity)
        return plan

    def _make(self, wanted: Wanted, plans: Plans) -> Plan:
        from tapsmith.packages.inputs import inputs
        from tapsmith.scons.resolving import plan_of

        obtained = self.obtained(wanted)
        plan = self._made[wanted] = plan_of(obtained)
        if self._resolver().is_lasting(wanted, obtained):
            plans.keep(wanted.key, plan, inputs(obtained, wanted.roots))
        return plan

    def obtained(self, wanted: Wanted) -> Obtained:
        """Return the resolution of a probe, found once for all kernels; TapsmithError as `obtain` raises."""
        with self._resolving_lock:
            if wanted not in self._obtained:
                try:
                    self._obtained[wanted] = self._resolver().obtain(wanted)
                except TapsmithError as error:
                    self._obtained[wanted] = error
            found = self._obtained[wanted]
        if isinstance(found, TapsmithError):
            raise found
        return found

    def library(self, wanted: Wanted) -> Library:
        """Return the fragments of the tree, read once; TapsmithError with what is wrong with them."""
        return self._resolver().library(wanted.roots)

    def _resolver(self) -> Resolving:
        # Here, since a run in which nothing changed needs none of it, and its import takes a while.
        from tapsmith.scons.resolving import Resolving

        self._resolving = self._resolving or Resolving(say)
        return self._resolving

    def kernels(self, names: tuple[str, ...]) -> tuple[Chosen, ...]:
        """Return the kernels that `names` mean, found once; TapsmithError as `choose_kernels` raises."""
        if names not in self._kernels:
            self._kernels[names] = choose_kernels(names, say, only_looks())
        return self._kernels[names]


@cache
def session_of_run() -> Session:
    """Return the one session of this run."""
    return Session()


def say(message: str) -> None:
    print(f"tapsmith: {message}", file=sys.stderr, flush=True)
