"""Which accelerator a guest runs under: KVM only where a short trial has shown that it works.

/dev/kvm may be there and hang all the same.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from tapsmith import atomic
from tapsmith.guest import GuestError, run_guest
from tapsmith.qemu import Accel, Machine

Policy = Literal["auto", "tcg", "kvm"]

TRIAL_S = 5.0
"""Seconds after which a guest under KVM that has not come up counts as hanging."""

_KVM = Path("/dev/kvm")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def choose(policy: Policy, image: Path, cache: Path) -> Accel:
    """Return the accelerator for `policy`; `auto` is KVM if it works, else TCG.

    The trial's outcome is kept below `cache` until the machine boots anew.
    """
    if policy != "auto":
        return policy
    if not os.access(_KVM, os.R_OK | os.W_OK):
        return "tcg"
    kept = cache / "kvm" / _BOOT_ID.read_text(encoding="ascii").strip()
    if not kept.is_file():
        atomic.write_text(kept, "kvm" if kvm_works(image) else "tcg")
    return "kvm" if kept.read_text(encoding="ascii") == "kvm" else "tcg"


def kvm_works(image: Path, timeout_s: float = TRIAL_S) -> bool:
    """Say whether a guest of `image` comes up and ends under KVM within `timeout_s`.

    TapsmithError (`missing-tool`, `missing-file`) if no guest could be run at all: that says nothing of KVM.
    """
    try:
        return run_guest(image, "true", machine=Machine(accel="kvm"), timeout_s=timeout_s).status == 0
    except GuestError:
        return False
