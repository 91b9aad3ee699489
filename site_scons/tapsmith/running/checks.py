"""What can be known before a module is loaded, of what the kernel would refuse with a riddle.

Each check gives the problems it finds, and none where it cannot know: then the kernel itself has the word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tapsmith.diagnostics import Place, Problem, did_you_mean
from tapsmith.running.module_file import ModuleFile
from tapsmith.running.symvers import kernel_versions
from tapsmith.running.system import SYS_ADMIN, SYS_MODULE, SYSLOG, System

ENROL = (
    "sign it with a key that this machine knows: "
    "`./sconsw {name} MODULE_SIG_KEY=MOK.priv MODULE_SIG_CERT=MOK.der`; "
    "make the key known by `mokutil --import MOK.der`, a reboot and its menu (docs/signing-modules.md)"
)
_SHOWN = 5


def check(module: ModuleFile, parameters: Mapping[str, str], system: System) -> tuple[Problem, ...]:
    """Return all that stands against loading a module with these parameters."""
    return (
        *check_rights(system),
        *_records(module, system),
        *_kernel(module, system),
        *_parameters(module, parameters),
        *_signature(module, system),
        *_symbols(module, system),
    )


def check_rights(system: System) -> Iterator[Problem]:
    """Give what stands against loading and unloading anything."""
    if not system.may(SYS_MODULE):
        message = "only root, or who has CAP_SYS_MODULE, may load and unload modules"
        yield Problem("need-root", message, mend="run it by sudo, with the full path of tapsmith")
    elif system.text("proc/sys/kernel/dmesg_restrict") == "1" and not system.may(SYSLOG):
        message = (
            "the kernel's log, by which the module speaks, is for root and CAP_SYSLOG (kernel.dmesg_restrict)"
        )
        yield Problem("need-root", message, mend="run it by sudo, or with CAP_SYSLOG as well")
    if system.modules_disabled:
        message = "this machine takes no modules until its next boot (kernel.modules_disabled is 1)"
        mend = "see who sets it (grep -r modules_disabled /etc/sysctl*), undo that, and reboot"
        yield Problem("modules-disabled", message, mend=mend)


def _records(module: ModuleFile, system: System) -> Iterator[Problem]:
    if "buffers" in module.fragments and system.may(SYS_MODULE) and not system.may(SYS_ADMIN):
        message = f"the records of {module.name} are for root and CAP_SYS_ADMIN"
        yield Problem("need-root", message, mend="run it by sudo, or with CAP_SYS_ADMIN as well")


def _kernel(module: ModuleFile, system: System) -> Iterator[Problem]:
    if module.release != system.release:
        message = f"{module.path.name} was built for kernel {module.release}, and {system.release} is running"
        mend = f"build it for this one: `./sconsw {module.name} KERNEL={system.release}`"
        yield Problem("wrong-kernel", message, Place(module.path), mend)


def _parameters(module: ModuleFile, given: Mapping[str, str]) -> Iterator[Problem]:
    has = sorted(module.parameters)
    for name, value in given.items():
        if name not in module.parameters:
            known = f"its parameters are {', '.join(has)}" if has else "it has no parameters"
            mend = did_you_mean(name, has)
            message = f"{module.name} has no parameter `{name}`"
            yield Problem("unknown-parameter", message, mend=f"{mend} {known}" if mend else known)
        if '"' in value:
            message = f"the value of `{name}` holds a double quote, which the kernel does not take"
            yield Problem("bad-parameter", message, mend="leave it out")


def _signature(module: ModuleFile, system: System) -> Iterator[Problem]:
    why = why_enforced(system)
    if not why:
        return
    mend = ENROL.format(name=module.name)
    if module.signer is None:
        yield Problem("unsigned-module", f"{module.path.name} is not signed, and {why}", mend=mend)
        return
    keys = system.keys
    # A key's description begins with the names of its certificate.
    if module.signer and keys and not any(module.signer in key for key in keys):
        message = (
            f"{module.path.name} is signed by `{module.signer}`, whom this kernel does not know, and {why}"
        )
        detail = "it knows " + ", ".join(f"`{key.rpartition(': ')[0] or key}`" for key in keys[:_SHOWN])
        yield Problem("unknown-signer", message, mend=mend, detail=detail)


def why_enforced(system: System) -> str:
    """Tell why the kernel loads signed modules only; empty where it loads others, too."""
    if system.lockdown in ("integrity", "confidentiality"):
        boot = ", by Secure Boot" if system.secure_boot else ""
        return f"this kernel is locked down ({system.lockdown}{boot}): it takes signed modules only"
    return "this kernel takes signed modules only (module.sig_enforce)" if system.signatures_enforced else ""


def _symbols(module: ModuleFile, system: System) -> Iterator[Problem]:
    if module.release != system.release:
        return
    mend = f"build it for this kernel: `./sconsw {module.name} KERNEL={system.release}`"
    there = system.symbols()
    # Without data symbols (KALLSYMS_ALL) the list does not hold all that is exported.
    missing = [name for name in module.imports if name not in there] if "D" in there.values() else []
    if missing:
        message = f"this kernel lacks what {module.path.name} uses: {_some(missing)}"
        yield Problem("missing-symbol", message, Place(module.path), mend)
    versions = kernel_versions(system.root, system.release, module.imports)
    other = [name for name, version in module.imports.items() if versions.get(name, version) != version]
    if other:
        build = f"another build of kernel {system.release}"
        message = f"{module.path.name} was built for {build}: {_some(other)} differ"
        yield Problem(
            "symbol-version", message, Place(module.path), f"install this kernel's headers, then {mend}"
        )


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    rest = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(f"`{name}`" for name in listed[:_SHOWN]) + rest
