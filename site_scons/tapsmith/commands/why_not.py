"""`tapsmith why-not`: what stands against a version of a fragment in a probe."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tapsmith.commands.obtaining import universe_of_probe
from tapsmith.commands.output import print_json, problem_json, say
from tapsmith.commands.resolve import read_need
from tapsmith.commands.shared import Subparsers, add_command, add_json, add_probe, find_probe
from tapsmith.diagnostics import Problem, TapsmithError, did_you_mean, fail
from tapsmith.kernel import Target, find_target
from tapsmith.manifest import Requirement
from tapsmith.probe import Probe, load_probe
from tapsmith.resolver.encoding import Wish
from tapsmith.resolver.universe import Release, Universe
from tapsmith.versions import MalformedError, Version, kernel_version


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "why-not",
        _run,
        "tell what stands against a version of a fragment in a probe",
        "tapsmith why-not maps@2.0.0 fileio --kernel 6.12",
    )
    parser.add_argument(
        "fragment", metavar="FRAGMENT[@VERSION]", help="a fragment, or one with a version or range"
    )
    add_probe(parser, optional=True)
    parser.add_argument("--kernel", help="ask for this kernel, too: a release or a short name such as 6.12")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    probe = load_probe(find_probe(options.probe))
    universe = universe_of_probe(probe)
    asked = _asked(options.fragment)
    target = find_target(options.kernel, progress=say) if options.kernel else None
    release = _newest(universe, asked)
    problems = [*_own(release, target), *_others(probe, universe, release)]
    verdict = None if problems else _verdict(probe, universe, release)
    if options.json:
        told = [problem_json(problem) for problem in problems]
        print_json(
            {"fragment": release.name, "version": str(release.version), "against": told, "so": verdict}
        )
        return 1 if problems else 0
    for problem in problems:
        print(str(problem).replace("error: ", "", 1))
    if verdict:
        print(f"nothing stands against {release}: {verdict}")
    return 1 if problems else 0


def _asked(text: str) -> Requirement:
    """Return what FRAGMENT@VERSION spells; a bare version means just that one."""
    name, _, version = text.partition("@")
    try:
        return read_need(f"{name} ={Version.parse(version)}")
    except MalformedError:
        return read_need(text)


def _newest(universe: Universe, asked: Requirement) -> Release:
    """Return the newest release that is asked for; TapsmithError tells why there is none."""
    releases = universe.releases(asked.name)
    if not releases:
        providers = ", ".join(universe.providers(asked.name))
        mend = f"ask for one of {providers}" if providers else did_you_mean(asked.name, universe.names())
        what = "a virtual name" if providers else "known nowhere here"
        raise fail("unknown-fragment", f"`{asked.name}` is {what}", mend=mend)
    inside = [release for release in releases if asked.range.contains(release.version)]
    if asked.range.any:
        # Without a version the question is about the newest, also where that has been yanked.
        inside = list(releases)
    if not inside:
        there = ", ".join(str(release.version) for release in releases)
        raise fail("unknown-version", f"there is no {asked.name} {asked.range}", mend=f"known are {there}")
    return inside[0]


def _own(release: Release, target: Target | None) -> Iterator[Problem]:
    """Yield what stands against a release whatever else is chosen."""
    if release.yanked is not None:
        reason = release.yanked or "no reason is given"
        yield Problem("yanked", f"{release} has been yanked: {reason}", release.place, "take another version")
    if target is None:
        return
    if release.kernel and not release.kernel.contains(kernel_version(target.release)):
        message = f"{release} is for kernels {release.kernel}, not {target.release}"
        yield Problem("kernel-unsupported", message, release.place, "choose another kernel")
    for option in release.kconfig:
        if target.config().get(option) not in ("y", "m"):
            message = f"{release} needs CONFIG_{option}, which kernel {target.release} lacks"
            yield Problem("kconfig-missing", message, release.place, f"choose a kernel with CONFIG_{option}")


def _others(probe: Probe, universe: Universe, release: Release) -> Sequence[Problem]:
    """Return what others have against a release."""
    from tapsmith.resolver.search import why_not

    error = why_not(wish_of(probe), universe, release)
    return error.problems if error else ()


def _verdict(probe: Probe, universe: Universe, release: Release) -> str:
    """Return what comes of a release against which nothing stands."""
    from tapsmith.resolver.search import solve

    try:
        picked = solve(wish_of(probe), universe).picks.get(release.name)
    except TapsmithError:
        return "the probe has no answer, for other reasons"
    if picked is None:
        return f"nothing that {probe.name} needs asks for it; `tapsmith add {release.name}` does"
    if picked.version == release.version:
        return f"it is what {probe.name} gets"
    return f"{probe.name} gets {picked}, which is preferred; narrow the range to have this one"


def wish_of(probe: Probe) -> Wish:
    """Return what a probe asks of the resolver."""
    return Wish(probe.label, tuple(replace(need, origin=None) for need in probe.needs), probe.config)
