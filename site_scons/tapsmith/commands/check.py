"""`tapsmith check`: what is wrong with a probe or fragment that no compiler tells."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tapsmith.analysis.fragment_check import check_fragment
from tapsmith.analysis.probe_check import check_probe, mended_needs
from tapsmith.commands.building import build_module
from tapsmith.commands.check_output import Checked, near, show, show_json
from tapsmith.commands.editing import edit_needs
from tapsmith.commands.obtaining import obtain_probe
from tapsmith.commands.output import say
from tapsmith.commands.shared import (
    Subparsers,
    add_command,
    add_json,
    find_probe,
    load_library,
)
from tapsmith.diagnostics import TapsmithError, did_you_mean, fail
from tapsmith.document import Report
from tapsmith.kernel import find_target
from tapsmith.library import Library
from tapsmith.needs import drop_need, set_need
from tapsmith.probe import PROBE_FILE, load_probe
from tapsmith.resolution import Resolution

if TYPE_CHECKING:
    from tapsmith.analysis.costs import Cost


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    check = add_command(
        subparsers,
        "check",
        _run,
        "find what is wrong with probes or fragments without running them",
        "tapsmith check fileio --fix",
    )
    check.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a probe's directory, its name in probes/, or a fragment's name (default: all probes here)",
    )
    check.add_argument("--fragments", action="store_true", help="check all fragments of this project instead")
    check.add_argument("--fix", action="store_true", help="correct the needs in probe.yaml")
    check.add_argument(
        "--costs",
        action=argparse.BooleanOptionalAction,
        help="build the module, and show how many bytes each fragment has in it; inlined code counts for the "
        "fragment that its lines are from, lines of the kernel's headers with those before them "
        "(default: if probes are named)",
    )
    check.add_argument("--kernel", help="the kernel to build for (default: as scons has it)")
    add_json(check)


def _run(options: argparse.Namespace) -> int:
    """Check; return 0 if nothing was found, 1 if something was, 2 if something could not be checked."""
    checked: list[Checked] = []
    report = Report()
    for name in _names(options):
        try:
            checked.append(near(_check(name, options, report)))
        except TapsmithError as error:
            report.absorb(error)
    (show_json if options.json else show)(checked, report.problems)
    if report.problems:
        return 2
    return 1 if any(one.findings for one in checked) else 0


def _names(options: argparse.Namespace) -> Sequence[str]:
    """Return what is to be checked; without names, all probes or fragments of this project."""
    if options.names:
        return tuple(dict.fromkeys(options.names))
    if options.fragments:
        found = sorted(path.stem for path in Path("manifests").glob("*.yaml"))
        what, where = "fragment", "manifests/"
    else:
        found = sorted(str(path.parent) for path in Path("probes").glob(f"*/{PROBE_FILE}"))
        found += ["."] if Path(PROBE_FILE).is_file() else []
        what, where = "probe", "probes/"
    if not found:
        mend = f"name one, or go to a project with {where}"
        code = "unknown-fragment" if options.fragments else "unknown-probe"
        raise fail(code, f"there is no {what} here", mend=mend)
    return found


def _check(name: str, options: argparse.Namespace, report: Report) -> Checked:
    """Return what is found; `report` is told if only the module could not be measured."""
    if options.fragments or not _is_probe(name):
        library = load_library()
        if name not in library.fragments and not Path(name).is_dir():
            raise _unknown(name, library)
        if name in library.fragments:
            return Checked("fragment", name, check_fragment(library.fragments[name], library))
    probe = load_probe(find_probe(name))
    obtained = obtain_probe(probe)
    resolution, library = obtained.resolution, obtained.library
    fixes: tuple[str, ...] = ()
    if options.fix:
        fixes = _fix(resolution, library)
        obtained = obtain_probe(load_probe(probe.directory))
        resolution, library = obtained.resolution, obtained.library
    costs: tuple[Cost, ...] = ()
    present: frozenset[str] | None = None
    if options.costs or (options.costs is None and options.names):
        try:
            costs, present = _measure(resolution, options)
        except TapsmithError as error:
            report.absorb(error)
    return Checked("probe", probe.name, check_probe(resolution, library, present), costs, fixes)


def _fix(resolution: Resolution, library: Library) -> tuple[str, ...]:
    """Correct the needs in probe.yaml; return what was done, a line each."""
    added, removed = mended_needs(resolution, library)
    if not added and not removed:
        return ()

    def change(text: str) -> str:
        for name, wanted in added.items():
            text = set_need(text, name, wanted)
        for name in removed:
            text = drop_need(text, name)
        return text

    edit_needs(resolution.probe, next(iter([*added, *removed])), change).tell()
    name = resolution.probe.name
    return (
        *(f"{name} needs {fragment} {wanted} now" for fragment, wanted in added.items()),
        *(f"{name} no longer needs {fragment}" for fragment in removed),
    )


def _unknown(name: str, library: Library) -> TapsmithError:
    probes = [file.parent.name for file in Path("probes").glob(f"*/{PROBE_FILE}")]
    mend = did_you_mean(name, [*probes, *library.fragments]) or "name a directory with a probe.yaml"
    return fail("unknown-probe", f"there is no probe or fragment `{name}` here", mend=mend)


def _is_probe(name: str) -> bool:
    return any((directory / PROBE_FILE).is_file() for directory in (Path(name), Path("probes") / name))


def _measure(resolution: Resolution, options: argparse.Namespace) -> tuple[tuple[Cost, ...], frozenset[str]]:
    """Build the module; return what each fragment costs in it, and those that it holds."""
    try:
        from tapsmith.analysis.costs import held, measure  # so that all else works without pyelftools
    except ImportError:
        message = "pyelftools is not installed, which reads modules"
        raise fail("missing-tool", message, mend="pip install pyelftools, or give --no-costs") from None
    target = find_target(options.kernel, progress=say)
    costs = measure(build_module(resolution.probe, target, quiet=True), resolution)
    return costs, held(costs)
