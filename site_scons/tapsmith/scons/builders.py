"""The builders of a module's three steps: emitted source, object, module.

What makes each stale is declared where the nodes are made (`probe_module`):
its files, the kernel's identity, and the probe's resolved YAML.  So no header
of the kernel is ever scanned; of the emitted source only the probe's own
headers are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from SCons.Action import Action
from SCons.Builder import Builder
from SCons.Scanner import ScannerBase

from tapsmith import checks, emission, module
from tapsmith.analysis.usage import missing_mends
from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts
from tapsmith.manifest import Fragment
from tapsmith.packages.strangers import check_hashes
from tapsmith.probe import Probe
from tapsmith.resolution import Resolution
from tapsmith.scons.refusal import failed
from tapsmith.symbols import check_symbols


def _step(run: Callable[[Path, Path, Any], str]) -> Callable[[Any, Any, Any], None]:
    """Make a function from file to file an action of scons: messages shown, errors told, time kept."""

    def action(target: Any, source: Any, env: Any) -> None:
        began = time.monotonic()
        try:
            messages = run(Path(source[0].abspath), Path(target[0].abspath), env)
        except TapsmithError as error:
            env["PROBE_RECORD"].error = error
            raise failed(error) from None
        if messages:
            print(messages, file=sys.stderr, flush=True)
        env["PROBE_RECORD"].seconds[run.__name__] = time.monotonic() - began

    return action


def emit(first: Path, target: Path, env: Any) -> str:
    """Write the C file of the probe; what was built from an older one goes first."""
    resolution: Resolution = env["PROBE_RESOLUTION"]
    module.remove_products(target)
    text = emission.emit(resolution)
    # Once more, after what may be a long time: what was read is what the lock names.
    check_hashes(resolution.fragments, env["PROBE_HASHES"])
    target.write_text(text, encoding="utf-8")
    return ""


def compile_source(source: Path, target: Path, env: Any) -> str:
    """Check the probed symbols, then compile."""
    resolution: Resolution = env["PROBE_RESOLUTION"]
    facts: Facts = env["PROBE_FACTS"]
    module.remove_products(source)
    check_symbols(resolution, facts)
    sources = [*resolution.probe.sources, *(s for f in resolution.fragments for s in f.sources)]
    labels = {item.label: item.path for item in sources}
    include = [directory for owner in _owners(resolution) for directory in checks.include_directories(owner)]
    mends = missing_mends(resolution, env["PROBE_LIBRARY"])
    return module.compile_object(facts, source, include=include, labels=labels, mends=mends)


def link(source: Path, target: Path, env: Any) -> str:
    """Link the module."""
    facts: Facts = env["PROBE_FACTS"]
    return module.link_module(facts, source)


def _owners(resolution: Resolution) -> list[Probe | Fragment]:
    return [resolution.probe, *resolution.fragments]


def _headers(node: Any, env: Any, path: Iterable[Any]) -> list[Any]:
    """Return the headers beside the sources of the probe and its fragments that these include in quotes."""
    owners = _owners(env["PROBE_RESOLUTION"])
    return [env.File(str(header)) for owner in owners for header in checks.headers(owner)]


_SCANNER = ScannerBase(_headers, name="ProbeHeaders")
SOURCE = Builder(action=Action(_step(emit), "$PROBESOURCECOMSTR"), source_scanner=_SCANNER)
OBJECT = Builder(action=Action(_step(compile_source), "$PROBEOBJECTCOMSTR"), source_scanner=_SCANNER)
MODULE = Builder(action=Action(_step(link), "$PROBEMODULECOMSTR"))
