"""The headers of the prologue, compiled ahead: once for each kernel tree and toolchain.

A compile then reads one file instead of a thousand.  What the kernel loads of
the object is the same to the byte; `find` makes sure of it by compiling
`PROOF` both ways, and tells the reason where it gives the saving up.  For that

- the headers that kbuild puts before each file by `-include` are in it, too:
  gcc takes a precompiled header only before the first declaration;
- what differs from module to module (`-DKBUILD_MODNAME=`) is defined after
  it, in a file: on the command line gcc would refuse the precompiled header;
- global register variables, such as x86's current_stack_pointer, are
  declared a second time after it.  gcc forgets which registers they take
  (`global_regs` of reginfo.cc is in no precompiled header), and would then
  schedule instructions otherwise.  Debug information has one unused variable
  more for each.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tapsmith import kbuild
from tapsmith.kernel import Target
from tapsmith.prologue import beginning, includes

PROOF = f"""\
{beginning()}
static DEFINE_MUTEX(proof_lock);
static DEFINE_PER_CPU(long, proof_hits);
static LIST_HEAD(proof_list);
static int level = 3;
module_param(level, int, 0444);

static int proof_hit(struct kprobe *p, struct pt_regs *regs)
{{
	this_cpu_add(proof_hits, min_t(long, level, regs ? current->pid : 0));
	return 0;
}}

static struct kprobe proof_probe = {{ .symbol_name = "vfs_read", .pre_handler = proof_hit }};

static int __init proof_init(void)
{{
	char *copy = kasprintf(GFP_KERNEL, "%px %d", &proof_list, level);

	if (WARN_ON_ONCE(!copy))
		return -ENOMEM;
	mutex_lock(&proof_lock);
	pr_info("%s: %llu\\n", copy, div64_u64(strlen(copy), level));
	mutex_unlock(&proof_lock);
	kfree(copy);
	return register_kprobe(&proof_probe);
}}

static void __exit proof_exit(void)
{{
	unregister_kprobe(&proof_probe);
	pr_debug("%ld\\n", this_cpu_read(proof_hits));
}}

module_init(proof_init);
module_exit(proof_exit);
MODULE_LICENSE("GPL");
"""
TEXT = "text"
"""The directory, beside the precompiled header, of the same headers as text: a compile by them gives the
same object, debugging information included."""

_FORCED = re.compile(r" -include (\S+)")
_DEFINE = re.compile(r" -D(\w+)=((?:'[^']*'|[^\s'])+)")
_REGISTER = re.compile(r"^register\b[^;(]*\b(?:asm|__asm__)\s*\(\s*((?:\"[^\"]*\"\s*)+)\)\s*;", re.MULTILINE)
_STEP = " -c -o {out}/{name}.o {out}/{name}.c"
_DEPENDENCIES = re.compile(r" -Wp,-M\S+")
# What gcc says of registers.h where it has read the headers as text: the registers are taken already.
_TAKEN = re.compile(
    r"(?:^In file included from .*\n(?:^ +from .*\n)*)?^\S+: note: conflicts with \W\w+\W\n(?:^ .*\|.*\n)*",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Precompiled:
    """A compile that gives the same code and data as the recipe's, or why there is none.

    compile: the template, with `{kept}` for the directory of the headers, or an empty string.
    names: the text of the file that it wants as `{out}/.{name}.names.h`.
    size: of the precompiled header.  refusal: why there is none.
    """

    compile: str
    names: str
    size: int
    refusal: str

    @classmethod
    def refused(cls, reason: str) -> Precompiled:
        """Return what says that there is none."""
        return cls("", "", 0, reason)

    def is_whole(self, kept: Path) -> bool:
        """Tell whether the precompiled header is there as it was written."""
        file = kept / "headers.h.gch"
        return bool(self.compile) and file.is_file() and file.stat().st_size == self.size


def messages_of_text(messages: str) -> str:
    """Return what gcc says of a compile by the headers in `TEXT`, as if the precompiled one had been used."""
    return _TAKEN.sub("", messages)


def find(target: Target, recipe: kbuild.Recipe, kept: Path) -> Precompiled:
    """Make the precompiled header in `kept`, and prove that a compile with it gives the same (2 s)."""
    if target.config().get("CC_IS_GCC") != "y":
        return Precompiled.refused("the kernel's compiler is not gcc")
    if recipe.compile.count(_STEP) != 1:
        return Precompiled.refused("the compile has an unknown form")
    after = " -include {kept}/registers.h -include {out}/.{name}.names.h -ffile-prefix-map={kept}=. {flags}"
    compile_ = _bare(recipe).replace(" {flags}", " -include {kept}/headers.h" + after, 1)
    defined = [found for found in _DEFINE.finditer(recipe.compile) if _differs(found)]
    names = "".join(f"#define {found[1]} {''.join(shlex.split(found[2]))}\n" for found in defined)
    refusal = _make(target, recipe, kept) or _prove(target, recipe, Precompiled(compile_, names, 0, ""), kept)
    if refusal:
        (kept / "headers.h.gch").unlink(missing_ok=True)
        return Precompiled.refused(refusal)
    return Precompiled(compile_, names, (kept / "headers.h.gch").stat().st_size, "")


def _bare(recipe: kbuild.Recipe) -> str:
    """Return the compile without what comes from files here, and without what only make reads."""
    general = _DEFINE.sub(lambda found: "" if _differs(found) else found[0], recipe.compile)
    return _DEPENDENCIES.sub("", _FORCED.sub("", general))


def _differs(definition: re.Match[str]) -> bool:
    """Tell whether a definition on the command line differs from module to module."""
    return "{name}" in definition[2]


def _make(target: Target, recipe: kbuild.Recipe, kept: Path) -> str:
    """Write the headers and the precompiled one; return what is wrong, if anything is."""
    forced = (target.tree / name for name in _FORCED.findall(recipe.compile))
    text = "".join(f'#include "{path}"\n' for path in forced) + includes()
    (kept / "headers.h").write_text(text, encoding="utf-8")
    compile_, _, _ = _bare(recipe).partition(_STEP)
    seen = kbuild.run(target, recipe, compile_ + " -E -P {out}/headers.h", kept, "headers")
    registers = [
        f"register unsigned long tapsmith_register_{number} asm({register.strip()});\n"
        for number, register in enumerate(_REGISTER.findall(seen.stdout))
    ]
    # Without a warning where the headers are read as text, but see _TAKEN.
    text = "#pragma GCC system_header\n" + "".join(registers)
    (kept / "registers.h").write_text(text, encoding="utf-8")
    (kept / TEXT).mkdir(exist_ok=True)
    for name in ("headers.h", "registers.h"):
        shutil.copy(kept / name, kept / TEXT)
    step = " -x c-header -o {out}/headers.h.gch {out}/headers.h"
    made = kbuild.run(target, recipe, compile_ + step, kept, "headers")
    return "" if made.returncode == 0 else f"gcc compiles no header: {_first_line(made.stderr)}"


def _prove(target: Target, recipe: kbuild.Recipe, found: Precompiled, kept: Path) -> str:
    """Compile `PROOF` as kbuild does, and with the precompiled header; return what differs."""
    # Only here, as it takes longer to load than all else that a build without changes needs.
    from tapsmith.elf import loaded

    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        out = Path(scratch).resolve()
        (out / "proof.c").write_text(PROOF, encoding="ascii")
        (out / ".proof.names.h").write_text(found.names.format(name="proof"), encoding="utf-8")
        objects = []
        for script in (recipe.compile, found.compile):
            word = shlex.quote(str(kept))
            done = kbuild.run(target, recipe, script, out, "proof", flags="-Winvalid-pch", kept=word)
            if done.returncode or done.stderr:
                return f"the proof does not compile: {_first_line(done.stderr)}"
            objects.append(loaded(out / "proof.o"))
    true, fast = objects
    differing = sorted(name for name in {**true, **fast} if true.get(name) != fast.get(name))
    return f"sections differ: {', '.join(differing)}" if differing else ""


def _first_line(messages: str) -> str:
    return next(iter(messages.strip().splitlines()), "it says nothing")
