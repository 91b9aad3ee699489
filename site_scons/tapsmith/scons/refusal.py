"""How a user's mistake appears in scons: the problems' text, a failing node, no traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import SCons.Action
import SCons.Errors

from tapsmith.diagnostics import TapsmithError
from tapsmith.module_signing import SIGNED
from tapsmith.scons.session import Refused


def text_of(error: TapsmithError) -> str:
    """Return the problems' text with paths as seen from here."""
    return str(error).replace(f"{Path.cwd()}/", "")


def failed(error: TapsmithError) -> SCons.Errors.BuildError:
    """Show the problems and return the error that scons ends the node with."""
    print(text_of(error), file=sys.stderr, flush=True)
    return broken(error)


def broken(error: TapsmithError) -> SCons.Errors.BuildError:
    """Return that error alone."""
    return SCons.Errors.BuildError(errstr=", ".join(dict.fromkeys(error.codes)), status=1, exitstatus=2)


def refuse(env: Any, out: Any, name: str, error: TapsmithError) -> list[Any]:
    """Declare the module of a refused probe: building it fails with the reason.

    scons removes a target before it builds it, so no older module stays.  A
    reason that several nodes share is shown once.
    """
    session = env["TAPSMITH"]
    told = session.told

    def fail(target: Any, source: Any, env: Any) -> None:
        # scons removes what it is about to make, and knows of no signed copy here.
        Path(out.Dir(SIGNED).File(f"{name}.ko").abspath).unlink(missing_ok=True)
        if id(error) in told:
            raise broken(error)
        told.add(id(error))
        raise failed(error)

    action = SCons.Action.Action(fail, f"  REFUSE   {name}")
    nodes: list[Any] = env.Command(out.File(f"{name}.ko"), [], action)
    env.AlwaysBuild(nodes)
    session.refused.append(Refused(name, nodes[0], out.dir.name, error))
    env.Alias(name, nodes)
    env.Alias(f"try-{name}", nodes)
    return nodes
