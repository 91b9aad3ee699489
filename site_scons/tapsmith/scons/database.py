"""The target `compile_commands.json`: by it clangd works on the sources of probes and fragments.

It is made when it is asked for, since an editor needs it anew only where a
file, a need or a fragment has come or gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import SCons.Script
from SCons.Action import Action

from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts, KernelTree
from tapsmith.plans import PLANS_FILE
from tapsmith.scons.refusal import failed
from tapsmith.scons.session import Session
from tapsmith.scons.wanted import Wanted

if TYPE_CHECKING:
    from tapsmith.document import Report
    from tapsmith.resolution import Resolution

NAME = "compile_commands.json"
_HEADERS = "editor-headers"


def declare_database(env: Any, wanted: Wanted, facts: KernelTree) -> None:
    """Have a probe in the database of this project, which is for the first kernel of the run."""
    session: Session = env["TAPSMITH"]
    if not session.edited:
        headers = env.Dir(f"$PROBE_BUILD_DIR/{facts.target.release}").Dir(_HEADERS)
        write = Action(_writer(session, facts, Path(headers.abspath)), f"  GEN      {NAME}")
        node = env.Command(env.File(f"#{NAME}"), [], write)
        env.AlwaysBuild(node)
        # A program that reads it meanwhile finds the old one: it is written by a rename.
        env.Precious(node)
        # Where all of the directory is built by default, this is not.
        env.Ignore(env.Dir("#"), node)
        env.Clean(node, headers)
    session.edited[wanted] = None


def common_files(env: Any, out: Any, wanted: Wanted) -> list[Any]:
    """Return what a cleaning of everything takes with the first probe's module: the database, the plans."""
    session: Session = env["TAPSMITH"]
    if SCons.Script.COMMAND_LINE_TARGETS or wanted != next(iter(session.edited), None):
        return []
    return [env.File(f"#{NAME}"), out.dir.Dir(_HEADERS), env.File(f"$PROBE_BUILD_DIR/{PLANS_FILE}")]


def _writer(session: Session, facts: KernelTree, headers: Path) -> Any:
    def action(target: Any, source: Any, env: Any) -> None:
        from tapsmith.compile_commands import units, write_database
        from tapsmith.document import Report

        report = Report()
        assert isinstance(facts, Facts), "a run that makes something knows all of its kernel"
        try:
            resolutions = list(_resolutions(session, report))
            library = session.library(next(iter(session.edited)))
            write_database(Path(target[0].abspath), units(resolutions, library).values(), facts, headers)
            report.check()
        except TapsmithError as error:
            raise failed(error) from None

    return action


def _resolutions(session: Session, report: Report) -> Iterator[Resolution]:
    """Give the resolution of each probe; what is wrong with one keeps no other out."""
    for wanted in sorted(session.edited, key=lambda wanted: wanted.directory):
        try:
            yield session.obtained(wanted).resolution
        except TapsmithError as error:
            report.absorb(error)
