"""From a probe and a library to the fragments, in order, and the values of their macros.

Values come first: only a probe sets them, so `when:` is decided before any
requirement is followed, and the answer depends on no order of search.  All
problems of a probe are raised together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tapsmith.agreement import check_conflicts, check_constraints, check_defines, check_exports
from tapsmith.capability import check_capabilities
from tapsmith.diagnostics import Place, did_you_mean, fail
from tapsmith.document import Report
from tapsmith.library import Library
from tapsmith.limits import MacroValue
from tapsmith.macro import Setting
from tapsmith.manifest import Fragment, Requirement
from tapsmith.probe import PROBE_FILE, Probe
from tapsmith.values import Value, check_settings, list_values, settle
from tapsmith.versions import MalformedError, Range, kernel_version


@dataclass(frozen=True)
class Request:
    """Who asked for fragment `name` (a fragment, or the probe by its label), and in which range."""

    by: str
    name: str
    range: Range
    place: Place


@dataclass(frozen=True)
class Resolution:
    """The answer: `fragments` stand after all they require.

    `owners` maps every macro of the library, chosen or not, to its fragment, the probe's own to its label.
    """

    probe: Probe
    fragments: tuple[Fragment, ...]
    values: tuple[Value, ...]
    reached: Mapping[str, tuple[Request, ...]]
    owners: Mapping[str, str] = field(repr=False)

    def why(self, name: str) -> tuple[str, ...]:
        """Return the shortest path of names from the probe to fragment `name`; empty if it is not in."""
        return _path(self.probe, self.reached, name)


def resolve(probe: Probe, library: Library) -> Resolution:
    """Return the fragments and values of `probe`; TapsmithError with every problem there is."""
    report = Report()
    values = settle(probe, library, report)
    walk = _Walk(probe, library, values, report)
    for need in probe.needs:
        walk.follow(need, probe.label)
    fragments = tuple(walk.order.values())
    check_settings(probe, library, walk.order, report)
    check_conflicts(fragments, walk.path, report)
    check_constraints(probe, fragments, values, report)
    check_exports(fragments, report)
    check_defines(probe, fragments, report)
    check_capabilities([(fragment.name, fragment.capabilities) for fragment in fragments], report)
    report.check()
    return Resolution(
        probe=probe,
        fragments=fragments,
        values=list_values(probe, fragments, values),
        reached=MappingProxyType({name: tuple(requests) for name, requests in walk.reached.items()}),
        owners=_owners(probe, library),
    )


def check_target(resolution: Resolution, release: str, config: Mapping[str, str]) -> None:
    """Check the resolution against one kernel: its release and its configuration.

    `config` maps options, with or without CONFIG_, to `y`, `m` or a value.
    TapsmithError with each range that excludes the release and each option missing.
    """
    report = Report()
    try:
        version = kernel_version(release)
    except MalformedError as error:
        raise fail("kernel-unsupported", str(error)) from None
    parts: list[Probe | Fragment] = [resolution.probe, *resolution.fragments]
    for part in parts:
        what = "probe" if isinstance(part, Probe) else "fragment"
        if part.kernel and not part.kernel.contains(version):
            message = f"{what} `{part.name}` is for kernels {part.kernel}, not {release}"
            report.add("kernel-unsupported", message, part.at("kernel"), "choose another kernel")
        for option in part.kconfig if isinstance(part, Fragment) else ():
            if config.get(f"CONFIG_{option}", config.get(option)) not in ("y", "m"):
                message = f"{what} `{part.name}` needs CONFIG_{option}, which kernel {release} lacks"
                mend = f"choose a kernel with CONFIG_{option}"
                report.add("kconfig-missing", message, part.at("kconfig"), mend)
    report.check()


class _Walk:
    """Follows requirements depth first, in the order in which they are written."""

    def __init__(
        self, probe: Probe, library: Library, values: Mapping[str, MacroValue], report: Report
    ) -> None:
        self.order: dict[str, Fragment] = {}
        self.reached: dict[str, list[Request]] = {}
        self.probe = probe
        self._library = library
        self._values = values
        self._report = report
        self._path: list[Request] = []

    def follow(self, requirement: Requirement, by: str) -> None:
        """Take the fragment that `requirement` names, after all that it requires itself."""
        fragment = self._find(requirement)
        if fragment is None:
            return
        request = Request(by, fragment.name, requirement.range, requirement.place)
        self.reached.setdefault(fragment.name, []).append(request)
        if fragment.name in (earlier.name for earlier in self._path):
            self._refuse_cycle(request)
        elif fragment.name not in self.order:
            self._path.append(request)
            for inner in fragment.requires:
                if all(self._holds(setting) for setting in inner.when):
                    self.follow(inner, fragment.name)
            self._path.pop()
            self.order[fragment.name] = fragment

    def path(self, name: str) -> str:
        """Return who asked for a fragment, as `probe -> a -> name`."""
        return " -> ".join(_path(self.probe, self.reached, name))

    def _holds(self, setting: Setting) -> bool:
        # The library has checked that the macro exists and that the value is of its type.
        macro = self._library.macros()[setting.macro][1]
        return macro.parse(setting.value) == self._values[setting.macro]

    def _find(self, requirement: Requirement) -> Fragment | None:
        """Return the fragment for a requirement; None, and a problem, if there is none."""
        name = requirement.name
        fragment = self._library.fragments.get(name)
        if fragment is None:
            return self._find_provider(requirement)
        if not requirement.range.contains(fragment.version):
            there = f"{fragment.version} is there ({fragment.at('version')})"
            message = f"{self._asker()} asks for `{name}` {requirement.range}, but {there}"
            self._report.add("version-mismatch", message, requirement.place, "widen the range")
        return fragment

    def _find_provider(self, requirement: Requirement) -> Fragment | None:
        name = requirement.name
        providers = self._library.providers(name)
        if not providers:
            message = f"{self._asker()} asks for `{name}`, which is no fragment"
            mend = did_you_mean(name, self._library.names())
            self._report.add("unknown-fragment", message, requirement.place, mend)
            return None
        if not requirement.range.any:
            message = f"`{name}` is a virtual name and has no version for {requirement.range} to hold of"
            self._report.add("version-mismatch", message, requirement.place, f'write `{name}: "*"`')
        if name in self._library.chosen:
            return self._library.fragments[self._library.chosen[name]]
        needs = {need.name for need in self.probe.needs}
        needed = [other for other in providers if other.name in needs]
        defaults = [other for other in providers if name in other.default_of]
        found = needed or (defaults if len(defaults) == 1 else list(providers))
        if not needed and len(found) > 1:
            names = ", ".join(f"`{fragment.name}`" for fragment in providers)
            message = f"{self._asker()} asks for `{name}`, which several fragments provide: {names}"
            mend = f"add one of them to `needs` in {self.probe.label}/{PROBE_FILE}"
            self._report.add("ambiguous-provider", message, requirement.place, mend)
            return None
        return found[0]

    def _asker(self) -> str:
        return " -> ".join([self.probe.name, *(request.name for request in self._path)])

    def _refuse_cycle(self, last: Request) -> None:
        names = [request.name for request in self._path]
        loop = [*self._path[names.index(last.name) + 1 :], last]
        text = " -> ".join([last.name, *(request.name for request in loop)])
        places = ", ".join(f"{request.place} (`{request.by}`)" for request in loop)
        mend = f"cut one of the requirements at {places}"
        self._report.add("dependency-cycle", f"fragments require each other: {text}", last.place, mend)


def _path(probe: Probe, reached: Mapping[str, Iterable[Request]], name: str) -> tuple[str, ...]:
    """Search breadth first from `name` back to the probe."""
    paths: list[tuple[str, ...]] = [(name,)] if name in reached else []
    seen = {name}
    for path in paths:
        for request in reached.get(path[0], ()):
            if request.by == probe.label:
                return (probe.name, *path)
            if request.by not in seen:
                seen.add(request.by)
                paths.append((request.by, *path))
    return ()


def _owners(probe: Probe, library: Library) -> Mapping[str, str]:
    owners = {name: owner.name for name, (owner, _) in library.macros().items()}
    return MappingProxyType(owners | {macro.name: probe.label for macro in probe.defines})
