"""The checks: from surroundings to findings."""

from __future__ import annotations

from collections.abc import Iterator

from tapsmith.diagnostics import TapsmithError
from tapsmith.doctor.surroundings import Finding, State, Surroundings
from tapsmith.kernels import Kernel
from tapsmith.running.checks import ENROL, check_rights, why_enforced

BUILD, GUESTS, LOAD = "build", "guests", "load"
_GIB = 1 << 30
_SCARCE, _TOO_LITTLE = 2 * _GIB, _GIB // 4
"""Free bytes below which the cache may soon be full, and below which no kernel fits into it."""


def check_machine(here: Surroundings) -> tuple[Finding, ...]:
    """Return what all checks find, in the order in which things are needed."""
    return (*_building(here), *_kernels(here), *_guests(here), *_loading(here), *_signatures(here))


def _building(here: Surroundings) -> Iterator[Finding]:
    version = ".".join(map(str, here.python))
    new = here.python >= (3, 11)
    mend = None if new else "install Python 3.11 or newer"
    yield Finding(BUILD, "Python", "ok" if new else "bad", version if new else f"{version} is too old", mend)
    scons = here.has_module("SCons")
    yield Finding(
        BUILD,
        "SCons",
        "ok" if scons else "bad",
        "is installed" if scons else "is not installed for this Python",
        None if scons else "start it by ./sconsw, or: pip install scons",
    )
    yield _tool(here, BUILD, "make", "make", "the kernel's build is asked by it")
    if here.free is None:
        mend = "see who may write there, or set TAPSMITH_CACHE to another directory"
        yield Finding(BUILD, "cache", "bad", f"{here.cache} cannot be written", mend)
        return
    state: State = "bad" if here.free < _TOO_LITTLE else "warn" if here.free < _SCARCE else "ok"
    mend = None if state == "ok" else "make room there, or set TAPSMITH_CACHE to another directory"
    yield Finding(BUILD, "cache", state, f"{here.cache} has {here.free / _GIB:.1f} GiB left", mend)


def _kernels(here: Surroundings) -> Iterator[Finding]:
    running, release = here.running, here.system.release
    if running is None:
        mend = f"apt-get install linux-headers-{release}, to load modules here; guests do without"
        yield Finding(BUILD, "headers", "warn", f"those of the running kernel, {release}, are not here", mend)
    else:
        yield Finding(BUILD, "headers", "ok", f"those of the running kernel, {release}, are here")
    usable = [kernel for kernel in here.kernels if kernel.tree]
    if not usable:
        mend = "tapsmith fetch-kernel 6.1-cloud; a build fetches it, too"
        yield Finding(BUILD, "kernels", "warn", "there is none to build for", mend)
    for kernel in usable:
        yield _kernel(here, kernel)


def _kernel(here: Surroundings, kernel: Kernel) -> Finding:
    name = f"kernel {kernel.name}"
    if kernel.problem:
        return Finding(BUILD, name, "bad", kernel.problem, "install or fetch its headers anew")
    if "compiler" in kernel.missing:
        message = f"its compiler, {kernel.compiler}, is not installed"
        return Finding(BUILD, name, "bad", message, kernel.mend)
    if kernel.btf and kernel.where == "system" and not here.which("pahole"):
        message = "without pahole its modules get no BTF, by which tools know their types"
        return Finding(BUILD, name, "warn", message, "apt-get install pahole")
    missing = f"; {', '.join(kernel.missing)} not here" if kernel.missing else ""
    return Finding(BUILD, name, "ok", f"{kernel.compiler}, {kernel.release}{missing}", kernel.mend)


def _guests(here: Surroundings) -> Iterator[Finding]:
    yield _tool(here, GUESTS, "qemu-system-x86_64", "qemu-system-x86", "guests run in it")
    yield _tool(here, GUESTS, "setpriv", "util-linux", "it ends a guest with whoever started it")
    try:
        yield Finding(GUESTS, "busybox", "ok", f"{here.busybox()}, linked statically")
    except TapsmithError as error:
        problem = error.problems[0]
        yield Finding(GUESTS, "busybox", "bad", problem.message, problem.mend)
    if here.kvm is None:
        message = "was not tried: there is no image of a kernel, or no QEMU"
        yield Finding(GUESTS, "KVM", "warn", message, "tapsmith fetch-kernel 6.1-cloud, then ask again")
    elif here.kvm:
        yield Finding(GUESTS, "KVM", "ok", "a guest came up under it")
    else:
        mend = "see that /dev/kvm is there, works, and is yours to use (group kvm); emulation needs nothing"
        yield Finding(GUESTS, "KVM", "warn", "does not work here: guests are emulated, and slower", mend)


def _loading(here: Surroundings) -> Iterator[Finding]:
    problems = list(check_rights(here.system))
    for problem in problems:
        # Rights are had by asking for them; nothing brings modules back before the next boot.
        state: State = "bad" if problem.code == "modules-disabled" else "warn"
        yield Finding(LOAD, "rights", state, problem.message, problem.mend)
    if not problems:
        yield Finding(LOAD, "rights", "ok", "modules may be loaded")
    mounted = " /sys/kernel/debug debugfs " in f" {here.system.text('proc/mounts')} "
    if mounted:
        yield Finding(LOAD, "debugfs", "ok", "is mounted")
    else:
        mend = "mount -t debugfs debugfs /sys/kernel/debug, as root"
        message = "is not mounted at /sys/kernel/debug, by which modules hand over what they record"
        yield Finding(LOAD, "debugfs", "warn", message, mend)


def _signatures(here: Surroundings) -> Iterator[Finding]:
    system = here.system
    boot = {True: "is on", False: "is off", None: "the firmware tells nothing of it"}[system.secure_boot]
    yield Finding(LOAD, "Secure Boot", "ok", boot)
    why = why_enforced(system)
    if not why:
        yield Finding(LOAD, "signatures", "ok", "modules need not be signed")
        return
    names = [key.rpartition(": ")[0] or key for key in system.keys]
    known = f"; it knows {', '.join(names)}" if names else ""
    yield Finding(LOAD, "signatures", "warn", f"{why}{known}", ENROL.format(name="NAME"))


def _tool(here: Surroundings, area: str, name: str, package: str, what_for: str) -> Finding:
    found = here.which(name)
    if found:
        return Finding(area, name, "ok", found)
    return Finding(area, name, "bad", f"is not installed; {what_for}", f"apt-get install {package}")
