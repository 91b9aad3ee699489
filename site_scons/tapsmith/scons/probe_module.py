"""`ProbeModule`: from a probe's directory to the nodes of its module, one a kernel."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tapsmith.diagnostics import TapsmithError
from tapsmith.plans import Plans
from tapsmith.scons.chosen import Chosen
from tapsmith.scons.database import common_files, declare_database
from tapsmith.scons.leavings import leave_no_empty, leavings
from tapsmith.scons.options import cleans, is_by_kbuild, is_frozen, keep_going, shows_help
from tapsmith.scons.refusal import refuse, text_of
from tapsmith.scons.session import Built, Session
from tapsmith.scons.signed import signed_copy
from tapsmith.scons.stamps import stamp
from tapsmith.scons.table import PAGE, end_with_table
from tapsmith.scons.trying import TEST, TRY
from tapsmith.scons.wanted import Wanted
from tapsmith.shipped import shipped_root


def probe_module(env: Any, directory: Any) -> list[Any]:
    """Declare the module of the probe in `directory`, for each kernel of `KERNEL`; return the `.ko` nodes.

    A probe that is refused gets nodes that fail with the reason, so that
    `scons -k` still builds the others and no older module stays behind.
    """
    where = env.Dir(directory)
    if shows_help():
        # No kernel is looked for, since that may fetch one.
        return [env.File(f"$PROBE_BUILD_DIR/help/{where.name}/{where.name}.ko")]
    wanted = _wanted(env, where)
    session = _session(env)
    plans = session.plans(env.Dir("$PROBE_BUILD_DIR").abspath)
    nodes = []
    end_with_table(session, env.Dir("$PROBE_BUILD_DIR"))
    for kernel in _kernels(env):
        out = env.Dir(f"$PROBE_BUILD_DIR/{kernel.directory}/{where.name}")
        try:
            facts = kernel.require_facts()
            declare_database(env, wanted, facts)
            plan = session.plan(wanted, facts, plans)
        except TapsmithError as error:
            declared = refuse(env, out, where.name, error)
        else:
            built = Built(plan, wanted, facts, out.File(f"{plan.name}.ko"))
            declared = _declare(env, built, plans)
        if cleans():
            env.Clean(declared, leavings(out, where.name) + common_files(env, out, wanted))
            leave_no_empty(out.dir.abspath)
        nodes += declared
    if len({node.dir.dir for node in nodes}) > 1:
        env.Clean(nodes, env.File(f"$PROBE_BUILD_DIR/{PAGE}"))
    return nodes


def _wanted(env: Any, where: Any) -> Wanted:
    roots = tuple(env.Dir(root).abspath for root in env.Flatten(env["PROBE_ROOTS"]))
    return Wanted(Path(where.abspath), _roots(roots), bool(env["PROBE_LOCKS"]), is_frozen())


@cache
def _roots(given: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the roots of fragments: those of the project, and the shipped one."""
    return tuple(dict.fromkeys([*map(Path, given), shipped_root()]))


def _declare(env: Any, built: Built, plans: Plans) -> list[Any]:
    """Declare the module of one probe for one kernel, and the aliases that try and test it."""
    session = _session(env)
    name, release = built.name, built.release
    own = env.Override({"PROBE_BUILT": built})
    nodes: list[Any] = own.ProbeKo(built.module, [session.file(env, path) for path in built.plan.sources])
    # By its directory: probes of one name may be built to several.
    resolved = stamp(env, f"{built.module.dir}/probe.yaml, resolved", built.plan.digest)
    kernel = stamp(env, f"kernel {release}", built.facts.identity)
    env.Depends(nodes, [resolved, kernel, stamp(env, "tapsmith itself", plans.code)])
    if is_by_kbuild():
        env.Depends(nodes, stamp(env, "--kbuild", ""))
    signed = signed_copy(own, built)
    env.Alias(name, nodes + signed)
    for word, action in (("try", TRY), ("test", TEST)):
        env.AlwaysBuild(own.Alias(f"{word}-{name} {release}", nodes, action))
        env.Alias(f"{word}-{name}", f"{word}-{name} {release}")
    session.built.append(built)
    return nodes + signed


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
        # For a kernel that is not here nothing was built that would have to go.
        env.Exit(0 if cleans() and error.codes == ("not-cached",) else 2)
    if len(kernels) > 1:
        keep_going()
    return kernels


def _session(env: Any) -> Session:
    session = env["TAPSMITH"]
    assert isinstance(session, Session)
    return session
