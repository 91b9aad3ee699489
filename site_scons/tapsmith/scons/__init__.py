"""The SCons tool: `env.ProbeModule("probes/mine")` makes a kernel module of a probe's directory.

    import tapsmith.scons

    DefaultEnvironment(tools=[])
    env = Environment(tools=[tapsmith.scons.generate])
    env.ProbeModule("probes/mine")

`scons --frozen` refuses a probe whose lock is missing or stale, as a run under CI does (the
variable CI of the process is set, and neither 0 nor false).

Variables of the environment, all optional:

KERNEL           the kernels to build for, a list or a text with commas: paths,
                 releases or short names (default: `KERNEL=` of the command line)
CACHE            a directory of modules that are built already, shared with others (default: `CACHE=` of
                 the command line, else the variable TAPSMITH_SHARED_CACHE of the process); as
                 `CacheDir` of scons, it may also be given by that
CC_LAUNCHER      what is put before the compiler, such as ccache, with arguments (default: `CC_LAUNCHER=` of
                 the command line, else the variable of the process)
PROBE_ROOTS      directories that hold `manifests/` and `fragments/`, beside the
                 shipped ones (default: the project's own)
PROBE_BUILD_DIR  where modules are built (default: `#build`)
PROBE_LOCKS      whether probes have locks (default: yes); without, each build resolves afresh
PROBEMODULECOMSTR  what is shown while a module is made
"""

from __future__ import annotations

import os
from typing import Any

import SCons.Script

from tapsmith.scons.builders import MODULE
from tapsmith.scons.cachedir import SafeCacheDir
from tapsmith.scons.options import add_options
from tapsmith.scons.probe_module import probe_module
from tapsmith.scons.session import session_of_run


def generate(env: Any, **_: Any) -> None:
    """Add the builders, their variables and `ProbeModule` to `env`."""
    env.SetDefault(
        KERNEL=SCons.Script.ARGUMENTS.get("KERNEL"),
        CACHE=SCons.Script.ARGUMENTS.get("CACHE", os.environ.get("TAPSMITH_SHARED_CACHE")),
        CACHEDIR_CLASS=SafeCacheDir,
        CC_LAUNCHER=SCons.Script.ARGUMENTS.get("CC_LAUNCHER", os.environ.get("CC_LAUNCHER")),
        MODULE_SIG_KEY=SCons.Script.ARGUMENTS.get("MODULE_SIG_KEY"),
        MODULE_SIG_CERT=SCons.Script.ARGUMENTS.get("MODULE_SIG_CERT"),
        PROBE_ROOTS=["#"],
        PROBE_BUILD_DIR="#build",
        PROBE_LOCKS=True,
        PROBEMODULECOMSTR="  MODULE   $TARGET",
        TAPSMITH=session_of_run(),
    )
    add_options(env)
    env["BUILDERS"]["ProbeKo"] = MODULE
    env.AddMethod(probe_module, "ProbeModule")
    if env["CACHE"]:
        env.CacheDir(os.path.expanduser(env.subst("$CACHE")))


def exists(env: Any) -> bool:
    """Say whether the tool can be used: it needs nothing but Python; kernels are looked for when named."""
    return True
