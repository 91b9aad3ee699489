"""What the subcommands share: how they are declared, and how they find probes and fragments."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from tapsmith.dependencies import Edge
from tapsmith.diagnostics import Place, TapsmithError, did_you_mean, fail
from tapsmith.library import Library
from tapsmith.manifest import Fragment
from tapsmith.probe import PROBE_FILE, Probe
from tapsmith.resolver.universe import Universe
from tapsmith.shipped import shipped_root

PROJECT_FILE = "SConstruct"
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run = Callable[[argparse.Namespace], int]


def add_command(
    subparsers: Subparsers, name: str, run: Run, summary: str, example: str
) -> argparse.ArgumentParser:
    """Declare a subcommand: `summary` is its line in the list, `example` a line at the end of its help."""
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example: {example}",
    )
    help_text = "open no connection: what is in the cache has to do"
    parser.add_argument("--offline", action="store_true", help=help_text)
    parser.set_defaults(run=run)
    return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand `--json`; errors are then JSON as well."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def add_probe(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Give a subcommand the argument PROBE; an optional one is None where it is left out."""
    where = "a probe's directory, or its name in probes/"
    if optional:
        default = "default: the probe of the current directory, or the only one"
        parser.add_argument("probe", nargs="?", metavar="PROBE", help=f"{where} ({default})")
    else:
        parser.add_argument("probe", metavar="PROBE", help=where)


def find_probe(name: str | None) -> Path:
    """Return the directory of a probe, named by its path or by its name in probes/.

    None stands for the probe of the current directory, or the only one in
    probes/.  Raises TapsmithError: unknown-probe, or which-probe where there
    are several.
    """
    known = {directory.name: directory for directory in known_probes()}
    if name is None:
        return _only_probe(known)
    directories = [d for d in (Path(name), _probes() / name) if d.is_dir()]
    # A directory of the same name, such as bench/, does not hide a probe.
    for directory in (*(d for d in directories if (d / PROBE_FILE).is_file()), *directories):
        return directory
    mend = did_you_mean(name, known) or "name a directory with a probe.yaml, or one in probes/"
    raise fail("unknown-probe", f"there is no probe `{name}` here", mend=mend)


def known_probes() -> list[Path]:
    """Return the directories of the project's probes, sorted."""
    return sorted(file.parent for file in _probes().glob(f"*/{PROBE_FILE}"))


def project_root() -> Path:
    """Return the nearest directory with an SConstruct, from the current one upwards; else the current one."""
    here = Path.cwd()
    return next((d for d in (here, *here.parents) if (d / PROJECT_FILE).is_file()), here)


def roots_of(probe: Probe | None = None) -> tuple[Path, ...]:
    """Return where manifests and fragments lie: here, in the project, beside the probe, and the shipped."""
    roots = [Path.cwd(), project_root()]
    if probe:
        roots.append(probe.directory.resolve().parents[1])
    return tuple(dict.fromkeys([*roots, shipped_root()]))


def load_library(probe: Probe | None = None) -> Library:
    """Return the fragments known here; TapsmithError with every problem of their manifests."""
    return Library.load(roots_of(probe))


def newest_range(universe: Universe, name: str) -> str:
    """Return the range of a need for which none is given: ^MAJOR.MINOR of the newest version not yanked.

    For a virtual name that is `*`.  Raises TapsmithError: unknown-fragment.
    """
    releases = [release for release in universe.releases(name) if release.yanked is None]
    # A release before a candidate of the next: who wants the candidate names it.
    steady = [release.version for release in releases if not release.version.prerelease]
    if steady:
        return f"^{steady[0].major}.{steady[0].minor}"
    if releases:
        return f"^{releases[0].version}"
    if universe.providers(name):
        return "*"
    raise no_fragment(name, universe.names())


def no_fragment(name: str, known: Iterable[str]) -> TapsmithError:
    """Return the refusal of a name that is neither a fragment's nor a virtual one."""
    mend = did_you_mean(name, known) or "`tapsmith search WORDS` looks for fragments"
    return fail("unknown-fragment", f"there is no fragment `{name}` here", mend=mend)


def when_text(edge: Edge) -> str:
    """Return the condition of a requirement, or nothing."""
    when = ", ".join(f"{macro}: {value}" for macro, value in edge.when.items())
    return f" when {when}" if when else ""


def origin_of(fragment: Fragment) -> str:
    """Tell where a fragment comes from: this tree, what is shipped with tapsmith, or a directory."""
    if any(fragment.directory.is_relative_to(root) for root in (project_root(), Path.cwd())):
        return "tree"
    if fragment.directory.is_relative_to(shipped_root()):
        return "shipped"
    return shown(fragment.directory)


def shown(path: Path) -> str:
    """Return a path as people read it: relative where it lies below the current directory."""
    absolute, here = Path(os.path.abspath(path)), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def shown_place(place: Place) -> str:
    """Return a place in the same way, as file and line."""
    return f"{shown(place.file)}:{place.line}" if place.line else shown(place.file)


def _probes() -> Path:
    """Return the project's directory of probes; from the project's own directory it is plain `probes`."""
    root = project_root()
    return Path("probes") if root == Path.cwd() else root / "probes"


def _only_probe(known: Mapping[str, Path]) -> Path:
    if Path(PROBE_FILE).is_file():
        return Path.cwd()
    if len(known) == 1:
        return next(iter(known.values()))
    if not known:
        mend = "name a probe's directory, or go to a project with probes/"
        raise fail("unknown-probe", "there is no probe here", mend=mend)
    names = ", ".join(f"`{name}`" for name in known)
    raise fail("which-probe", f"there are several probes here: {names}", mend="name one of them")
