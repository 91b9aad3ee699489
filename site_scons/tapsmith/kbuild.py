"""The kernel's own build, asked once per tree for the commands it uses.

`capture` builds a reference module with kbuild and returns its commands as a
`Recipe` of shell templates.  Flags are never guessed: a kernel with other
mitigations, another compiler or no BTF gets what its kbuild says.  Most
commands stand in the `.cmd` files; the BTF step shows only in the verbose log.

Templates hold `{out}` (the module's directory), `{name}`, `{flags}` (what
tapsmith adds to a compile) and `{common}`; all run in the tree.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.kernel import Target

REFERENCE = "tapsmith_reference"
_SOURCE = """\
#include <linux/module.h>
static int __init reference_init(void) { return 0; }
static void __exit reference_exit(void) { }
module_init(reference_init);
module_exit(reference_exit);
MODULE_LICENSE("GPL");
"""
_KBUILD = f"obj-m := {REFERENCE}.o\n$(shell env -0 > $(src)/environment)\n"
_SAVED = re.compile(r"^(?:saved)?cmd_\S+ := (.*)$", re.MULTILINE)
_MAKES_OWN = re.compile(r"MAKE|MFLAGS$|(OLD)?PWD$|SHLVL$|_$")
_BTF = re.compile(r"\belse +(LLVM_OBJCOPY=.*?); *fi;", re.DOTALL)
_MISSING = re.compile(r"(?:^|: )([\w./+-]+): (?:command )?not found", re.MULTILINE)


@dataclass(frozen=True)
class Recipe:
    """The commands of one kernel tree, as templates, in the order in which they run.

    compile: C to object, objtool included.  lists: the small files that
    modpost reads, names and texts.  modpost: writes `.mod.c`.  describe: compiles it.  link: the `.ko`.
    btf: adds type information, or an empty string where the tree has none.
    common: compiles `{out}/.module-common.o`, which every module of this tree
    is linked with (6.12), or an empty string.
    environment: what kbuild exports to the commands (6.12's objtool reads it).
    """

    compile: str
    lists: Mapping[str, str]
    modpost: str
    describe: str
    link: str
    btf: str
    common: str
    environment: Mapping[str, str]


def capture(target: Target) -> Recipe:
    """Build a reference module in `target`'s tree and return the commands that kbuild ran (1 to 3 s).

    Raises `kernel-tree-unusable`, or `missing-tool` naming what the tree's tools lack.
    """
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        out = Path(scratch).resolve()
        (out / f"{REFERENCE}.c").write_text(_SOURCE, encoding="ascii")
        (out / "Kbuild").write_text(_KBUILD, encoding="ascii")
        done = make(target, out, "V=1")
        if done.returncode:
            raise _explain(target, done.stdout + done.stderr)
        return _read_recipe(target, out, done.stdout)


def run(
    target: Target, recipe: Recipe, script: str, out: Path, name: str, **also: str
) -> CompletedProcess[str]:
    """Run templates of `recipe` in the kernel's tree, as its kbuild would, for the module `name` in `out`.

    Neither the place of the module nor that of the headers shows in what is
    compiled, so that the same source gives the same module anywhere.
    """
    with _as_one_word(out) as word:
        names = {
            "out": word,
            "name": name,
            **also,
            "flags": f"{hide_places(target, word)} {also.get('flags', '')}".strip(),
        }
        exported = {variable: value.format(**names) for variable, value in recipe.environment.items()}
        return subprocess.run(
            ["sh", "-c", "set -e\n" + script.format(**names)],
            cwd=target.tree,
            env={**target.variables(), **exported},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )


def find_versions(target: Target, recipe: Recipe, out: Path, name: str) -> CompletedProcess[str]:
    """Run modpost for the module `name` in `out`: it writes `<name>.mod.c`."""
    with _as_one_word(out) as word:
        for file, text in recipe.lists.items():
            (out / file.format(name=name)).write_text(text.format(out=word, name=name), encoding="utf-8")
        # modpost looks here for the versions of exported symbols, of which a probe has none, and for
        # the files to hash, where the kernel wants a `srcversion` of each module.
        source = f"source_{word}/{name}.o := {word}/{name}.c\n"
        (out / f".{name}.o.cmd").write_text(source, encoding="utf-8")
        return run(target, recipe, recipe.modpost, word, name)


@contextmanager
def _as_one_word(directory: Path) -> Iterator[Path]:
    """Yield a path of `directory` that kbuild's commands can hold: they quote nothing."""
    if re.fullmatch(r"[\w./+,@%=:-]+", str(directory), re.ASCII):
        yield directory
        return
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        link = Path(scratch) / "out"
        link.symlink_to(directory)
        yield link


def hide_places(target: Target, out: Path) -> str:
    """Return the options of a compile by which the place of the module, or of the headers, shows nowhere."""
    return " ".join(f"-ffile-prefix-map={shlex.quote(str(place))}=." for place in (out, target.tree.parent))


def make(target: Target, out: Path, *variables: str) -> CompletedProcess[str]:
    """Have kbuild build the modules that `Kbuild` in `out` names; raise `missing-tool` without make."""
    command = ["make", "-C", str(target.tree), f"M={out}", *variables, "modules"]
    try:
        return subprocess.run(
            command,
            env=target.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise fail("missing-tool", "make is not installed", mend="apt-get install make") from None


def _explain(target: Target, log: str) -> TapsmithError:
    tail = "\n".join(log.strip().splitlines()[-8:])
    if missing := _MISSING.search(log):
        return fail(
            "missing-tool",
            f"kernel {target.release} builds with {missing[1]}, which is not installed",
            mend=f"install the package that holds {Path(missing[1]).name}",
        )
    return fail(
        "kernel-tree-unusable",
        f"kbuild cannot build a module in {target.tree}",
        mend="install the headers package anew, or name another kernel with KERNEL=",
        detail=tail,
    )


def _read_recipe(target: Target, out: Path, log: str) -> Recipe:
    def saved(file: str) -> str:
        path = out / f".{file}.cmd"
        found = _SAVED.search(path.read_text(encoding="utf-8")) if path.is_file() else None
        if not found:
            raise fail("kernel-tree-unusable", f"kbuild of {target.tree} left no command for {file}")
        return _template(found[1].replace("$$", "$"), out)

    def compiled(stem: str) -> str:
        command = saved(f"{stem}.o")
        step = f" -c -o {{out}}/{_template(stem, out)}.o "
        if step not in command:
            raise fail("kernel-tree-unusable", f"{target.tree} compiles in an unknown form: {command}")
        return command.replace(step, f" {{flags}}{step}", 1)

    def listed(file: str) -> str:
        # With its line end, which `_template` takes off a command.
        return _template((out / file).read_text(encoding="utf-8"), out) + "\n"

    btf = _BTF.search(log)
    has_types = btf and (target.tree / "vmlinux").is_file()
    return Recipe(
        compile=compiled(REFERENCE),
        lists={_template(file, out): listed(file) for file in (f"{REFERENCE}.mod", "modules.order")},
        modpost=saved("Module.symvers"),
        describe=compiled(f"{REFERENCE}.mod"),
        link=saved(f"{REFERENCE}.ko").replace("{out}/.module-common.o", "{common}"),
        # -j makes pahole's output depend on how its threads race.
        btf=_template(re.sub(r" -j\b(?=.*--btf_base)", "", btf[1]), out) if btf and has_types else "",
        common=compiled(".module-common") if (out / ".module-common.o").is_file() else "",
        environment=_exported(target, out),
    )


def _exported(target: Target, out: Path) -> Mapping[str, str]:
    """Return what kbuild adds to the environment of a command, but for make's own variables."""
    pairs = (entry.partition("=") for entry in (out / "environment").read_text(encoding="utf-8").split("\0"))
    ours = target.variables()
    return {
        name: _template(value, out)
        for name, _, value in sorted(pairs)
        if name and ours.get(name) != value and not _MAKES_OWN.match(name)
    }


def _template(command: str, out: Path) -> str:
    """Turn the reference module's command into a template for any module."""
    literal = command.strip().replace("{", "{{").replace("}", "}}")
    return literal.replace(str(out), "{out}").replace(REFERENCE, "{name}")
