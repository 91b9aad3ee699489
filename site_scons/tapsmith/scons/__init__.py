"""The SCons tool: `env.ProbeModule("probes/mine")` makes a kernel module of a probe's directory.

    import tapsmith.scons

    env = Environment(tools=["default", tapsmith.scons.generate])
    env.ProbeModule("probes/mine")

`scons --frozen` refuses a probe whose lock is missing or stale, as a run under CI does (the
variable CI of the process is set, and neither 0 nor false).

Variables of the environment, all optional:

KERNEL           the kernels to build for, a list or a text with commas: paths,
                 releases or short names (default: `KERNEL=` of the command line)
PROBE_ROOTS      directories that hold `manifests/` and `fragments/`, beside the
                 shipped ones (default: the project's own)
PROBE_BUILD_DIR  where modules are built (default: `#build`)
PROBE_LOCKS      whether probes have locks (default: yes); without, each build resolves afresh
PROBEMODULECOMSTR  what is shown while a module is made
"""

from __future__ import annotations

from typing import Any

import SCons.Script

from tapsmith.scons.builders import MODULE
from tapsmith.scons.options import add_options
from tapsmith.scons.probe_module import probe_module
from tapsmith.scons.session import Session


def generate(env: Any, **_: Any) -> None:
    """Add the builders, their variables and `ProbeModule` to `env`."""
    env.SetDefault(
        KERNEL=SCons.Script.ARGUMENTS.get("KERNEL"),
        PROBE_ROOTS=["#"],
        PROBE_BUILD_DIR="#build",
        PROBE_LOCKS=True,
        PROBEMODULECOMSTR="  MODULE   $TARGET",
        TAPSMITH=Session(),
    )
    add_options()
    env["BUILDERS"]["ProbeKo"] = MODULE
    env.AddMethod(probe_module, "ProbeModule")


def exists(env: Any) -> bool:
    """Say whether the tool can be used: it needs nothing but Python; kernels are looked for when named."""
    return True
