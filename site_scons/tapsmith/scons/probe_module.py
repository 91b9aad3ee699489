"""`ProbeModule`: from a probe's directory to the nodes of its module, a node a step."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from SCons.Action import Action

from tapsmith import checks, csource, emission, frame, jprobes, kbuild, module, spelling
from tapsmith.accel import choose
from tapsmith.commands.try_ import show_trial
from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts
from tapsmith.kernel import find_target
from tapsmith.kernelcache import cache_dir
from tapsmith.library import shipped_root
from tapsmith.packages.obtaining import Obtained
from tapsmith.qemu import Machine
from tapsmith.resolution import Resolution, check_target
from tapsmith.scons.chosen import Chosen
from tapsmith.scons.database import database_files, declare_database
from tapsmith.scons.leavings import leavings
from tapsmith.scons.options import is_frozen, keep_going
from tapsmith.scons.refusal import failed, refuse, text_of
from tapsmith.scons.session import Built, Session, say
from tapsmith.scons.table import PAGE, end_with_table


def probe_module(env: Any, directory: Any) -> list[Any]:
    """Declare the module of the probe in `directory`, for each kernel of `KERNEL`; return the `.ko` nodes.

    A probe that is refused gets nodes that fail with the reason, so that
    `scons -k` still builds the others and no older module stays behind.
    """
    where = env.Dir(directory)
    nodes = []
    end_with_table(_session(env), env.Dir("$PROBE_BUILD_DIR"))
    for kernel in _kernels(env):
        out = env.Dir(f"$PROBE_BUILD_DIR/{kernel.directory}/{where.name}")
        try:
            facts = kernel.require_facts()
            declare_database(env, Path(where.abspath), _roots(env), facts)
            obtained = _obtain(env, where, facts)
        except TapsmithError as error:
            nodes += refuse(env, out, where.name, error)
        else:
            nodes += _declare(env, out, obtained, facts)
    if len({node.dir.dir for node in nodes}) > 1:
        env.Clean(nodes, env.File(f"$PROBE_BUILD_DIR/{PAGE}"))
    return nodes


def _obtain(env: Any, where: Any, facts: Facts) -> Obtained:
    locks = bool(env["PROBE_LOCKS"])
    obtained = _session(env).resolution(Path(where.abspath), _roots(env), locks, is_frozen())
    check_target(obtained.resolution, facts.target.release, facts.config)
    return obtained


def _roots(env: Any) -> tuple[Path, ...]:
    """Return where fragments lie: the project's own directories, then the shipped ones."""
    given = [Path(env.Dir(root).abspath) for root in env.Flatten(env["PROBE_ROOTS"])]
    return tuple(dict.fromkeys([*given, shipped_root()]))


def _declare(env: Any, out: Any, obtained: Obtained, facts: Facts) -> list[Any]:
    """Declare emission, object and module of one probe for one kernel."""
    resolution = obtained.resolution
    session = _session(env)
    name = resolution.probe.name
    record = Built(resolution, out.File(f"{name}.ko"), facts.target.release)
    shared = {
        "PROBE_RESOLUTION": resolution,
        "PROBE_FACTS": facts,
        "PROBE_RECORD": record,
        "PROBE_LIBRARY": obtained.library,
        "PROBE_HASHES": obtained.hashes,
    }
    kernel = env.Value(facts.identity + _code(kbuild, module), name=f"kernel {facts.target.release}")
    emitted = env.ProbeSource(out.File(f"{name}.c"), _sources(resolution), **shared)
    env.Depends(emitted, env.Value(_digest(resolution), name=f"{name}/probe.yaml, resolved"))
    object_file = env.ProbeObject(out.File(f"{name}.o"), emitted, **shared)
    env.Depends(object_file, kernel)
    nodes: list[Any] = env.ProbeKo(record.module, object_file, **shared)
    env.Depends(nodes, kernel)
    env.Clean(nodes, [*leavings(env, out, name), *database_files(env, resolution.probe.directory, facts)])
    env.Alias(name, nodes)
    one = f"try-{name} {facts.target.release}"
    env.AlwaysBuild(env.Alias(one, nodes, Action(_try(record, facts), f"  TRY      {name}")))
    env.Alias(f"try-{name}", one)
    session.built.append(record)
    return nodes


def _try(record: Built, facts: Facts) -> Callable[[Any, Any, Any], int]:
    """Return the action that runs a module in a guest; its status is the workload's."""

    def action(target: Any, source: Any, env: Any) -> int:
        try:
            kernel = find_target(facts.target.release, progress=say, image=True)
            machine = Machine(accel=choose("auto", kernel.require_image(), cache_dir()))
            # One guest at a time: what several say at once could not be read.
            with _session(env).guest:
                return show_trial(record.resolution.probe, Path(record.module.abspath), kernel, machine)
        except TapsmithError as error:
            raise failed(error) from None

    return action


def _sources(resolution: Resolution) -> list[str]:
    """Return the files that the emitted text is made of."""
    files = [str(source.path) for fragment in resolution.fragments for source in fragment.sources]
    files += [str(fragment.place.file) for fragment in resolution.fragments]
    return files + [str(source.path) for source in resolution.probe.sources]


def _digest(resolution: Resolution) -> str:
    """Return what decides the emitted text beside its files: the resolved YAML, and the code that emits."""
    probe = resolution.probe
    said = (probe.name, probe.summary, probe.license, probe.author, probe.unchecked, resolution.values)
    return hashlib.sha256(repr(said).encode()).hexdigest() + _code(
        emission, frame, spelling, checks, csource, jprobes
    )


@cache
def _code(*modules: ModuleType) -> str:
    """Return a hash of the text of tapsmith's own modules, so that what an older version made is stale."""
    return hashlib.sha256(b"".join(Path(str(part.__file__)).read_bytes() for part in modules)).hexdigest()


def _kernels(env: Any) -> Sequence[Chosen]:
    """Return the kernels that KERNEL names, else the default one; what makes none of them usable ends scons.

    With several kernels scons goes on after a failure, as with `-k`: what fails for one stops no other.
    """
    given = env["KERNEL"]
    names = given.split(",") if isinstance(given, str) else env.Flatten(given or [])
    try:
        kernels = _session(env).kernels(tuple(str(name).strip() for name in names))
    except TapsmithError as error:
        print(text_of(error), file=sys.stderr)
        env.Exit(2)
    if len(kernels) > 1:
        keep_going()
    return kernels


def _session(env: Any) -> Session:
    session = env["TAPSMITH"]
    assert isinstance(session, Session)
    return session
