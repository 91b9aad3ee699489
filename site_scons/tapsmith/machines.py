"""The machine of a guest for a kernel: of this machine's architecture, or emulated."""

from __future__ import annotations

from tapsmith.accel import Policy, choose
from tapsmith.foreign import foreign_guest
from tapsmith.kernel import Progress, Target
from tapsmith.kernelcache import cache_dir
from tapsmith.qemu import Machine


def machine_for(target: Target, progress: Progress, *, cpus: int = 1, policy: Policy = "auto") -> Machine:
    """Return the machine that boots `target`'s image; what it takes is fetched.

    Raises what `choose`, `foreign_guest` and `Target.require_image` raise.
    """
    image = target.require_image()
    foreign = foreign_guest(target.release, cache_dir(), progress)
    if foreign and policy == "auto":
        policy = "tcg"
    return Machine(cpus=cpus, accel=choose(policy, image, cache_dir()), foreign=foreign)
