"""The tool's own options and variables on scons' command line, and what its help says."""

from __future__ import annotations

import os
import textwrap
from typing import Any

from SCons.Script import AddOption, GetOption, Main

_FROZEN = "refuse a probe whose lock is missing or stale; a run under CI does anyway"
_KBUILD = "build through the kernel's own kbuild: slower, the same code and data"
VARIABLES = {
    "KERNEL": "the kernels to build for, with commas: short names (6.12-cloud), releases, paths of build "
    "directories; patterns (6.1*, *-rt) and `all` mean those that are here (default: the running kernel if "
    "it has headers here, else the newest that has, else Debian's 6.1-cloud)",
    "CACHE": "a directory, on shared storage perhaps, for built modules (default: "
    "TAPSMITH_SHARED_CACHE of the environment, else none)",
    "CC_LAUNCHER": "what is put before the compiler: ccache, sccache, distcc, icecc (default: "
    "CC_LAUNCHER of the environment, else nothing)",
    "MODULE_SIG_KEY": "a private key, a file in PEM or a URI of PKCS#11: each module gets a signed copy in "
    "signed/ beside it; KBUILD_SIGN_PIN of the environment holds the passphrase",
    "MODULE_SIG_CERT": "the X.509 certificate of that key (default: the file of the key holds it, too)",
}
"""What may be given as NAME=VALUE, and what it means."""

TARGETS = {
    "NAME": "build one probe",
    "try-NAME": "build one probe and run it, with its workload, in a throw-away guest",
    "test-NAME": "the same, and compare what it says with its expected.txt",
    "compile_commands.json": "have clangd work on the sources of probes and fragments",
    "-c [NAME]": "remove what was built, and nothing else",
}
"""What may be asked for, beside files."""


def add_options(env: Any) -> None:
    """Declare the options and describe all, unless another environment of this run has done it."""
    try:
        GetOption("frozen")
    except AttributeError:
        AddOption("--frozen", dest="frozen", action="store_true", default=False, help=_FROZEN)
        AddOption("--kbuild", dest="kbuild", action="store_true", default=False, help=_KBUILD)
        values = {f"{name}=VALUE": meaning for name, meaning in VARIABLES.items()}
        env.Help(f"\nTargets and values:\n{help_text({**TARGETS, **values})}\n", append=True)


def help_text(entries: dict[str, str]) -> str:
    """Return a line for each entry, or several, laid out as the help of scons' options is."""
    lines = []
    for entry, meaning in entries.items():
        wrapped = textwrap.wrap(meaning, 50)
        if len(entry) < 25:
            lines.append(f"  {entry:26}  {wrapped.pop(0)}")
        else:
            lines.append(f"  {entry}")
        lines += [f"{'':30}{line}" for line in wrapped]
    return "".join(f"{line}\n" for line in lines)


def is_frozen() -> bool:
    """Tell whether locks have to hold: with --frozen, and where the variable CI says so."""
    under_ci = os.environ.get("CI", "").strip().lower() not in ("", "0", "false")
    return bool(GetOption("frozen")) or under_ci


def is_by_kbuild() -> bool:
    """Tell whether the kernel's own kbuild builds the modules: with --kbuild."""
    return bool(GetOption("kbuild"))


def only_looks() -> bool:
    """Tell whether this run makes nothing: with -n, -q and -c."""
    return any(GetOption(option) for option in ("no_exec", "question", "clean"))


def cleans() -> bool:
    """Tell whether this run removes what others have built: with -c."""
    return bool(GetOption("clean"))


def shows_help() -> bool:
    """Tell whether this run only shows its help."""
    return bool(GetOption("help"))


def keep_going() -> None:
    """Let scons go on after a failure, as `-k` does; SetOption does not offer this one."""
    Main.OptionsParser.values.keep_going = True
