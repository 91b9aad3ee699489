"""The target `compile_commands.json`: by it clangd works on the sources of probes and fragments.

It is made when it is asked for, since an editor needs it anew only where a
file, a need or a fragment has come or gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import SCons.Script
from SCons.Action import Action

from tapsmith.compile_commands import units, write_database
from tapsmith.diagnostics import TapsmithError
from tapsmith.document import Report
from tapsmith.facts import Facts
from tapsmith.resolution import Resolution
from tapsmith.scons.options import is_frozen
from tapsmith.scons.refusal import failed
from tapsmith.scons.session import Session

NAME = "compile_commands.json"
_HEADERS = "editor-headers"


def declare_database(env: Any, probe: Path, roots: tuple[Path, ...], facts: Facts) -> None:
    """Have a probe in the database of this project, which is for the first kernel of the run."""
    session: Session = env["TAPSMITH"]
    if not session.edited:
        headers = env.Dir(f"$PROBE_BUILD_DIR/{facts.target.release}/{_HEADERS}")
        write = Action(_writer(session, facts, Path(headers.abspath)), f"  GEN      {NAME}")
        node = env.Command(env.File(f"#{NAME}"), [], write)
        env.AlwaysBuild(node)
        # A program that reads it meanwhile finds the old one: it is written by a rename.
        env.Precious(node)
        # Where all of the directory is built by default, this is not.
        env.Ignore(env.Dir("#"), node)
        env.Clean(node, headers)
    session.edited.setdefault(probe, roots)


def database_files(env: Any, probe: Path, facts: Facts) -> list[Any]:
    """Return what a cleaning of everything takes away with the first probe's module: the database."""
    session: Session = env["TAPSMITH"]
    if SCons.Script.COMMAND_LINE_TARGETS or probe != next(iter(session.edited), None):
        return []
    return [env.File(f"#{NAME}"), env.Dir(f"$PROBE_BUILD_DIR/{facts.target.release}/{_HEADERS}")]


def _writer(session: Session, facts: Facts, headers: Path) -> Any:
    def action(target: Any, source: Any, env: Any) -> None:
        report = Report()
        try:
            resolutions = list(_resolutions(session, env, report))
            library = session.library(next(iter(session.edited.values())))
            write_database(Path(target[0].abspath), units(resolutions, library).values(), facts, headers)
            report.check()
        except TapsmithError as error:
            raise failed(error) from None

    return action


def _resolutions(session: Session, env: Any, report: Report) -> Iterator[Resolution]:
    """Give the resolution of each probe; what is wrong with one keeps no other out."""
    for probe, roots in sorted(session.edited.items()):
        try:
            yield session.resolution(probe, roots, bool(env["PROBE_LOCKS"]), is_frozen()).resolution
        except TapsmithError as error:
            report.absorb(error)
