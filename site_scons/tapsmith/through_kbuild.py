"""The other way from an emitted C file to its module: the kernel's own kbuild does all of it.

Slower, and nothing of `kbuild.Recipe`, `precompiled` and `description` is in
it: what both ways make is compared by a test, and by whoever doubts.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tapsmith import kbuild, module
from tapsmith.facts import Facts

# What kbuild says beside the compiler: where it is, which step runs or is left out, that one failed.
_MAKE = re.compile(
    r"^(?:make(?:\[\d+\])?: |  [A-Z]+ |warning: the compiler differs|  You are using:|Skipping BTF )"
)


def build_module(
    facts: Facts,
    source: Path,
    *,
    include: Sequence[Path],
    labels: Mapping[str, Path],
    mends: Mapping[str, str] | None = None,
    defines: Sequence[str] = (),
) -> str:
    """Build the module of `source` beside it, and return what the compiler and modpost said.

    The arguments are those of `module.compile_object`; raises what that and `link_module` raise.
    """
    name = source.stem
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        out = Path(scratch).resolve()
        shutil.copyfile(source, out / source.name)
        (out / "Kbuild").write_text(f"obj-m := {name}.o\n", encoding="utf-8")
        done = kbuild.make(facts.target, out, *_variables(facts, out, module.options(include, defines)))
        if done.returncode and not (out / f"{name}.o").is_file():
            raise module.compile_error(facts, name, done.stderr, labels, mends or {})
        shutil.copyfile(out / f"{name}.o", source.with_suffix(".o"))
        if done.returncode:
            raise module.link_error(facts, source.with_suffix(".o"), done.stdout + done.stderr)
        # Under another name first: a `.ko` is whole or absent.
        part = source.with_name(f".{name}.ko.part")
        shutil.copyfile(out / f"{name}.ko", part)
        part.rename(source.with_suffix(".ko"))
    said = "".join(f"{line}\n" for line in done.stderr.splitlines() if not _MAKE.match(line))
    return module.show_sources(said, labels)


def _variables(facts: Facts, out: Path, options: str) -> list[str]:
    """Return what is given to make: a module is not to tell where, or in how many threads, it was made."""
    # make takes a `$` as the beginning of a variable.
    flags = f"{kbuild.hide_places(facts.target, out)} {options}".strip().replace("$", "$$")
    found = [f"KCFLAGS={flags}"]
    pahole = shlex.split(facts.recipe.environment.get("PAHOLE_FLAGS", ""))
    if "-j" in pahole:
        found.append(f"PAHOLE_FLAGS={shlex.join(word for word in pahole if word != '-j')}")
    return found
