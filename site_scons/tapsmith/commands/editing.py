"""What `tapsmith add` and `tapsmith remove` share: how an edit of probe.yaml is written and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tapsmith import atomic
from tapsmith.commands.obtaining import obtain_probe
from tapsmith.commands.output import problem_json, say
from tapsmith.commands.shared import shown
from tapsmith.diagnostics import Problem, TapsmithError, fail
from tapsmith.manifest import Requirement
from tapsmith.network import Network
from tapsmith.packages.lock_file import LOCK_FILE, read_lock
from tapsmith.packages.locked import StaleError, check_current
from tapsmith.packages.obtaining import Obtained
from tapsmith.probe import PROBE_FILE, Probe, load_probe
from tapsmith.resolution import Request
from tapsmith.versions import MalformedError


@dataclass(frozen=True)
class Edit:
    """An edit that was made, or found needless: the probe before and after, and what is wrong only since."""

    fragment: str
    earlier: Probe
    probe: Probe
    obtained: Obtained | None
    problems: tuple[Problem, ...]

    @property
    def before(self) -> str | None:
        """The range that was asked for, or None."""
        return _range(self.earlier, self.fragment)

    @property
    def after(self) -> str | None:
        """The range that is asked for now, or None."""
        return _range(self.probe, self.fragment)

    @property
    def lock_is_stale(self) -> bool:
        """Whether there is a lock that holds for other needs."""
        return self.before != self.after and _is_stale(self.probe)

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests of other fragments for this one."""
        reached = self.obtained.resolution.reached if self.obtained else {}
        return tuple(r for r in reached.get(self.fragment, ()) if r.by != self.probe.label)

    @property
    def origins(self) -> Mapping[str, str]:
        """Where fragments come from that are not in the tree."""
        return self.obtained.origins if self.obtained else {}

    def as_json(self) -> dict[str, object]:
        """Return the edit as JSON has it."""
        return {
            "probe": self.probe.name,
            "file": shown(self.probe.directory / PROBE_FILE),
            "fragment": self.fragment,
            "before": self.before,
            "after": self.after,
            "required_by": [request.by for request in self.requests],
            "lock_is_stale": self.lock_is_stale,
            "problems": [problem_json(problem) for problem in self.problems],
        }

    def tell(self) -> None:
        """Say on standard error what follows from the edit."""
        if self.lock_is_stale:
            lock = shown(self.probe.directory / LOCK_FILE)
            say(f"{lock} is now stale; `tapsmith lock {self.probe.name}` renews it")
        for problem in self.problems:
            say(f"now {self.probe.name} is refused: {problem}")


def edit_needs(probe: Probe, fragment: str, change: Callable[[str], str]) -> Edit:
    """Change the text of a probe's file, and return what came of it.

    Raises TapsmithError: cannot-edit where the text is laid out in a way that
    `change` refuses, cannot-write.
    """
    file = probe.directory / PROBE_FILE
    text = file.read_bytes().decode("utf-8")
    try:
        new = change(text)
        if new != text:
            atomic.rewrite_text(file, new)
    except MalformedError as error:
        raise fail("cannot-edit", str(error), probe.at("needs"), error.mend) from None
    except OSError as error:
        raise fail("cannot-write", f"cannot write {shown(file)}: {error.strerror}") from None
    after = load_probe(probe.directory)
    obtained, problems = _obtained(after)
    if problems:
        known = {problem.message for problem in _obtained(probe)[1]}
        problems = tuple(problem for problem in problems if problem.message not in known)
    return Edit(fragment, probe, after, obtained, problems)


def need_of(probe: Probe, fragment: str) -> Requirement | None:
    """Return the probe's need of that name."""
    return next((need for need in probe.needs if need.name == fragment), None)


def _range(probe: Probe, fragment: str) -> str | None:
    need = need_of(probe, fragment)
    return str(need.range) if need else None


def _is_stale(probe: Probe) -> bool:
    """Tell whether a probe has a lock that does not hold for its needs."""
    try:
        lock = read_lock(probe.directory / LOCK_FILE)
        if lock:
            check_current(lock, probe)
    except (StaleError, TapsmithError):
        return True
    return False


def _obtained(probe: Probe) -> tuple[Obtained | None, tuple[Problem, ...]]:
    try:
        return obtain_probe(probe, network=Network.OPEN), ()
    except TapsmithError as error:
        return None, error.problems
