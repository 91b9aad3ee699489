"""Object and module: the two steps from an emitted C file to a `.ko`.

Both run the commands of the kernel's own kbuild (`kbuild.Recipe`) in the
kernel's build directory.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tapsmith import kbuild, precompiled
from tapsmith.diagnostics import Place, Problem, TapsmithError, excerpt, fail
from tapsmith.facts import Facts
from tapsmith.module_signing import SIGNED

_DIAGNOSTIC = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?P<column>\d+): ")
# What the compiler says of a name that it has not seen, as a function, type or value.
_UNKNOWN = re.compile(
    r"(?:implicit declaration of function|unknown type name) \W+(?P<name>\w+)|\W(?P<value>\w+)\W+ undeclared"
)
_UNDEFINED = re.compile(r'ERROR: modpost: "(?P<symbol>\w+)" \[[^]]*\] undefined!')


def compile_object(
    facts: Facts,
    source: Path,
    *,
    include: Sequence[Path],
    labels: Mapping[str, Path],
    mends: Mapping[str, str] | None = None,
    defines: Sequence[str] = (),
    launcher: str = "",
) -> str:
    """Compile `source` to the object beside it and return the compiler's messages, if it has any.

    `#include "x.h"` is looked up in the directories `include`, too.
    `labels` gives the file behind each name that `source` uses in `#line`, so
    that the compiler's messages show the user's text.  `mends` tells what
    mends that a name is unknown; `defines` are options that define macros.
    `launcher` is put before the compiler, such as `ccache`; there is no
    precompiled header then.  Raises `compile-failed` with the messages; no
    object is left then.
    """
    done = _compile(facts, source, options(include, defines), launcher)
    if done.returncode:
        source.with_suffix(".o").unlink(missing_ok=True)
        raise compile_error(facts, source.stem, done.stderr, labels, mends or {})
    return show_sources(done.stderr, labels)


def options(include: Sequence[Path], defines: Sequence[str]) -> str:
    """Return what a compile is given beside the kernel's own options, as a shell reads it."""
    return " ".join([*defines, *(f"-iquote {shlex.quote(str(directory))}" for directory in include)])


def compile_error(
    facts: Facts, name: str, messages: str, labels: Mapping[str, Path], mends: Mapping[str, str]
) -> TapsmithError:
    """Return the refusal of a source that does not compile; the arguments are those of `compile_object`."""
    return fail(
        "compile-failed",
        f"{name} does not compile for kernel {facts.target.release}",
        mend=_mend(messages, mends),
        detail=show_sources(messages, labels),
    )


def _compile(facts: Facts, source: Path, flags: str, launcher: str) -> subprocess.CompletedProcess[str]:
    """Compile, with the precompiled header where that can be."""
    out, name, fast = source.parent, source.stem, facts.precompiled
    before = f"{launcher.replace('{', '{{').replace('}', '}}')} ".lstrip()
    flags += _alike(facts, bool(launcher))
    if not fast.compile:
        return kbuild.run(facts.target, facts.recipe, before + facts.recipe.compile, out, name, flags=flags)
    names = out / f".{name}.names.h"
    names.write_text(fast.names.format(name=name), encoding="utf-8")

    def run(script: str, kept: Path) -> subprocess.CompletedProcess[str]:
        word = shlex.quote(str(kept))
        return kbuild.run(facts.target, facts.recipe, script, out, name, flags=flags, kept=word)

    done = None
    if not launcher and fast.is_whole(facts.directory):
        done = run(fast.compile, facts.directory)
    # A failure may be the precompiled header's: gcc wants memory at a fixed address for it.
    if done is None or done.returncode:
        done = run(before + fast.compile, facts.directory / precompiled.TEXT)
        done.stderr = precompiled.messages_of_text(done.stderr)
    names.unlink()
    return done


def _alike(facts: Facts, launched: bool) -> str:
    """Return flags, each after a blank, by which gcc makes the same object with a launcher and without.

    distcc and icecc preprocess here and compile there.  What expands macros in between leaves gcc no
    way to say, in the debugging information, where their text came from: so only directives are
    handled here.  That information does not name the flags, then, either.
    """
    if facts.config.get("CC_IS_GCC") != "y":
        return ""
    return " -gno-record-gcc-switches" + (" -fdirectives-only" if launched else "")


def link_module(facts: Facts, object_file: Path) -> str:
    """Make the module of `object_file` beside it: symbol versions, link, type information.

    Returns the tools' messages.
    Raises `undefined-symbol`, naming the function that uses it, or
    `link-failed`; no `.ko` is left then.
    """
    out, name = object_file.parent, object_file.stem
    found = kbuild.find_versions(facts.target, facts.recipe, out, name)
    done = found if found.returncode else _link(facts, out, name)
    if done.returncode:
        raise link_error(facts, object_file, done.stdout + done.stderr)
    return "\n".join(filter(None, (found.stderr, done.stderr)))


def _link(facts: Facts, out: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Compile modpost's description of the module, link, add type information; return the last that ran."""
    recipe, quick = facts.recipe, facts.description
    # Linked under another name and renamed last: a `.ko` is whole or absent.
    part = out / f".{name}.ko.part"
    last = f"{recipe.link}\n{recipe.btf}".replace("{out}/{name}.ko", f"{{out}}/{part.name}")
    assembly = quick.text(name, (out / f"{name}.mod.c").read_text(encoding="utf-8"))
    file = out / f"{name}.mod.s"
    if assembly is not None:
        file.write_text(assembly, encoding="utf-8")
    command = recipe.describe if assembly is None else quick.command
    common = shlex.quote(str(facts.common))
    done = kbuild.run(facts.target, recipe, f"{command}\n{last}", out, name, common=common)
    file.unlink(missing_ok=True)
    if done.returncode == 0:
        part.rename(out / f"{name}.ko")
    return done


def remove_products(source: Path) -> None:
    """Remove what was built from `source` before: no module, signed or not, may outlive what it came from."""
    for suffix in (".o", ".ko"):
        source.with_suffix(suffix).unlink(missing_ok=True)
    (source.parent / SIGNED / f"{source.stem}.ko").unlink(missing_ok=True)


def show_sources(messages: str, labels: Mapping[str, Path]) -> str:
    """Name the real file in each diagnostic and show its line, with a caret.

    The compiler runs in the kernel's tree and cannot open the names that
    `#line` gives, so it shows no source of its own.
    """
    shown = []
    for line in messages.splitlines():
        found = _DIAGNOSTIC.match(line)
        file = labels.get(found["file"]) if found else None
        if not found or not file:
            shown.append(line)
            continue
        shown.append(str(file) + line[len(found["file"]) :])
        shown += excerpt(Place(file, int(found["line"]), int(found["column"])))
    return "\n".join(shown)


def _mend(messages: str, mends: Mapping[str, str]) -> str | None:
    """Return what mends the first unknown names."""
    names = [found["name"] or found["value"] for found in _UNKNOWN.finditer(messages)]
    return "; ".join(dict.fromkeys(mends[name] for name in names if name in mends)) or None


def link_error(facts: Facts, object_file: Path, log: str) -> TapsmithError:
    """Return the refusal of an object that does not become a module, of which modpost or ld said `log`."""
    symbols = sorted({found["symbol"] for found in _UNDEFINED.finditer(log)})
    if not symbols:
        return fail(
            "link-failed",
            f"{object_file.stem} does not link for kernel {facts.target.release}",
            detail=log.strip(),
        )
    return TapsmithError(
        [
            Problem(
                "undefined-symbol",
                f"{symbol}, used by {' and '.join(users_of(object_file, symbol)) or object_file.stem}, "
                f"is not exported by kernel {facts.target.release}",
                mend="use a function that the kernel exports to modules, or one of a fragment",
            )
            for symbol in symbols
        ]
    )


def users_of(object_file: Path, symbol: str) -> Sequence[str]:
    """Return the names of the functions in `object_file` whose code refers to `symbol`."""
    done = subprocess.run(
        ["objdump", "-dr", "--no-show-raw-insn", str(object_file)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    users, current = [], ""
    for line in done.stdout.splitlines():
        if found := re.match(r"^[0-9a-f]+ <([^>]+)>:", line):
            current = found[1]
        elif re.search(rf"R_\w+\s+{re.escape(symbol)}\b", line) and current not in users:
            users.append(current)
    return users
