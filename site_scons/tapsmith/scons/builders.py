"""The builder of modules: one node for one probe and kernel, from its files to the `.ko`.

The steps of the line are not nodes of their own: in a run in which nothing
changed, the time of scons is that of its nodes.  What makes a module stale is
declared where its node is made (`probe_module`), so nothing is scanned.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from SCons.Action import Action
from SCons.Builder import Builder
from SCons.Scanner import ScannerBase

from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts
from tapsmith.scons.options import is_by_kbuild
from tapsmith.scons.refusal import failed
from tapsmith.scons.session import Built, Session


def make(target: Any, source: Any, env: Any) -> None:
    """Make the module; messages are shown, errors told, the time kept."""
    from tapsmith.launcher import launcher
    from tapsmith.making import make_module

    session: Session = env["TAPSMITH"]
    built: Built = env["PROBE_BUILT"]
    assert isinstance(built.facts, Facts), "a run that makes something knows all of its kernel"
    began = time.monotonic()
    try:
        obtained, words = session.obtained(built.wanted), launcher(env["CC_LAUNCHER"])
        messages = make_module(obtained, built.facts, Path(target[0].abspath), words, is_by_kbuild())
    except TapsmithError as error:
        built.error = error
        raise failed(error) from None
    if messages:
        print(messages, file=sys.stderr, flush=True)
    built.seconds = time.monotonic() - began


def _nothing(node: Any, env: Any, path: Any) -> list[Any]:
    return []


MODULE = Builder(
    action=Action(make, "$PROBEMODULECOMSTR"), source_scanner=ScannerBase(_nothing, name="Nothing")
)
