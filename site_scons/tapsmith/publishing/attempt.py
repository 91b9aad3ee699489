"""The proof that a fragment can be used: a module of a probe that needs it and names all its exports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from tapsmith import capabilities, checks, emission, module
from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts
from tapsmith.library import Library
from tapsmith.manifest import Fragment
from tapsmith.packages.obtaining import Obtained, choose
from tapsmith.packages.project import PROJECT_FILE
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import Writable
from tapsmith.packages.sources import Sources
from tapsmith.probe import PROBE_FILE, Probe, load_probe
from tapsmith.publishing.naming import naming_code
from tapsmith.resolution import Resolution, check_target
from tapsmith.resolver.universe import Release

NAME = "publish_check"


def obtain_alone(
    fragment: Fragment,
    at_hand: Mapping[str, Fragment],
    where: Writable,
    scratch: Path,
    cache: Path,
    say: Callable[[str], None],
) -> Obtained:
    """Return what a probe resolves to that needs the fragment and has nothing but the registry.

    `at_hand` is shipped with tapsmith, or published along; the probe is written below
    `scratch`.  TapsmithError with why there is no resolution.
    """
    home = scratch / f"probes/{NAME}"
    home.mkdir(parents=True)
    place = json.dumps(str(where.directory.resolve()))
    (scratch / PROJECT_FILE).write_text(f"registries: {{published: {{path: {place}}}}}\n", encoding="utf-8")
    needs = {fragment.name: f"={fragment.version}", **_providers(fragment, at_hand, where.open())}
    text = f"name: {NAME}\nsummary: Names what {fragment.name} exports\nneeds: {json.dumps(needs)}\n"
    (home / PROBE_FILE).write_text(text, encoding="utf-8")
    (home / f"{NAME}.c").write_text(naming_code(fragment, compiled=True), encoding="utf-8")
    tree = Library(MappingProxyType(dict(at_hand)))
    return choose(load_probe(home), tree, Sources(cache, say)).obtained


def prove(fragment: Fragment, resolution: Resolution, facts: Facts, scratch: Path) -> None:
    """Make the module of the probe that `obtain_alone` wrote.

    Functions that stop the compiler on purpose, unless a probe sets some macro, are named only.
    TapsmithError: `kernel-unsupported`, `kconfig-missing`, `compile-failed`, `link-failed`,
    `undefined-symbol`, and what emission raises.
    """
    check_target(resolution, facts.target.release, facts.config)
    try:
        _build(resolution, facts, scratch)
    except TapsmithError as error:
        if not _is_on_purpose(error):
            raise
        code = naming_code(fragment, compiled=False)
        resolution.probe.sources[0].path.write_text(code, encoding="utf-8")
        _build(resolution, facts, scratch)


@contextmanager
def told_of(fragment: Fragment, scratch: Path) -> Iterator[None]:
    """Turn errors about the probe, which nobody has seen, into errors about the fragment."""
    try:
        yield
    except TapsmithError as error:
        problems = []
        for problem in error.problems:
            inside = problem.place is None or problem.place.file.is_relative_to(scratch)
            what = f"a probe that names the exports of `{fragment.name}`"
            message = problem.message.replace(f"probes/{NAME}", what).replace(NAME, what)
            detail = (problem.detail or "").replace(f"{scratch}/", "") or None
            place = fragment.place if inside else problem.place
            problems.append(replace(problem, message=message, detail=detail, place=place))
        raise TapsmithError(problems) from None


def _build(resolution: Resolution, facts: Facts, scratch: Path) -> None:
    owners: tuple[Probe | Fragment, ...] = (resolution.probe, *resolution.fragments)
    source = scratch / f"build/{NAME}.c"
    source.parent.mkdir(exist_ok=True)
    source.write_text(emission.emit(resolution), encoding="utf-8")
    labels = {item.label: item.path for owner in owners for item in owner.sources}
    include = [directory for owner in owners for directory in checks.include_directories(owner)]
    defines = capabilities.definitions(facts, resolution.fragments)
    module.compile_object(facts, source, include=include, labels=labels, defines=defines)
    module.link_module(facts, source.with_suffix(".o"))


def _is_on_purpose(error: TapsmithError) -> bool:
    """Tell whether a compiler stopped only at calls that are declared to be an error."""
    found = [line for line in (error.problems[0].detail or "").splitlines() if " error: " in line]
    return bool(found) and all("declared with attribute error" in line for line in found)


def _providers(fragment: Fragment, at_hand: Mapping[str, Fragment], registry: Registry) -> dict[str, str]:
    """Return one provider for each virtual name that is required: who uses the fragment chooses one, too."""
    found: dict[str, str] = {}
    for requirement in fragment.requires:
        name = requirement.name
        if name in at_hand or registry.releases(name):
            continue
        known: list[Fragment | Release] = [other for other in at_hand.values() if name in other.provides]
        known += [release for other in registry.providers(name) for release in registry.releases(other)]
        if not any(name in one.default_of for one in known):
            found |= dict.fromkeys(sorted({one.name for one in known} - {fragment.name})[:1], "*")
    return found
