"""The object that describes a module to the kernel, without compiling modpost's `.mod.c`.

modpost writes `<name>.mod.c`; what differs in it from module to module is the
table of symbol versions.  `find` has the kernel's own compiler make the object
of a reference, and reads out of it what the headers made of the rest: the
layout of `struct module`, the version magic, notes.  A module then takes a
page of assembly with its own name and versions, 0.01 s instead of 0.2 s.

Nothing is guessed: a `.mod.c` that differs from the reference's in anything
but that table is compiled as kbuild does it, and so is every one if the two
ways differ for the reference, here under another and the longest name.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tapsmith import kbuild
from tapsmith.kernel import Target
from tapsmith.precompiled import PROOF

if TYPE_CHECKING:
    from tapsmith.elf import Section

_NAME = "tapsmith_proof"
_TABLE = re.compile(
    r"static const struct modversion_info ____versions\[\]\n__used __section\(\"__versions\"\) = \{\n"
    r"(?P<entries>(?:\t\{ 0x[0-9a-f]{1,8}, \"[^\"\\\n]+\" \},\n)*)\};\n"
)
_ENTRY = re.compile(r"0x([0-9a-f]+), \"([^\"]+)\"")
_VERSIONS = "@versions@"
_WORD = 8
_LONGEST = 64 - _WORD - 1
"""Characters of a name that are tried (MODULE_NAME_LEN with its NUL); a longer one is compiled."""
_THIS = ".gnu.linkonce.this_module"


@dataclass(frozen=True)
class Description:
    """A template of assembly, or why there is none.

    rest: the reference's `.mod.c` without its table.  assembly: with `{name}`
    and `@versions@`.  entry: bytes of an entry of the table.  command: the
    template that assembles `{out}/{name}.mod.s`.
    """

    rest: str
    assembly: str
    entry: int
    command: str
    refusal: str

    @classmethod
    def refused(cls, reason: str) -> Description:
        """Return what says that there is none."""
        return cls("", "", 0, "", reason)

    def text(self, name: str, source: str) -> str | None:
        """Return the assembly for the module `name`; None if its `.mod.c`, `source`, has to be compiled."""
        rest, entries = _split(source)
        if self.refusal or rest != self.rest or len(name) > _LONGEST:
            return None
        if any(len(symbol) >= self.entry - _WORD for _, symbol in entries):
            return None
        table = "".join(
            f'\t.quad 0x{crc}\n\t.ascii "{symbol}"\n\t.zero {self.entry - _WORD - len(symbol)}\n'
            for crc, symbol in entries
        )
        return (
            self.assembly.replace("{name}", name)
            .replace("{rest}", str(_LONGEST + 1 - len(name)))
            .replace(_VERSIONS, table)
        )


def find(target: Target, recipe: kbuild.Recipe) -> Description:
    """Find the assembly that gives the object of kbuild's `.mod.c` (1 s), by trying both."""
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        out = Path(scratch).resolve()
        (out / f"{_NAME}.c").write_text(PROOF, encoding="ascii")
        if (
            kbuild.run(target, recipe, recipe.compile, out, _NAME).returncode
            or kbuild.find_versions(target, recipe, out, _NAME).returncode
            or kbuild.run(target, recipe, recipe.describe, out, _NAME).returncode
        ):
            return Description.refused("the reference does not build")
        source = (out / f"{_NAME}.mod.c").read_text(encoding="utf-8")
        found = _template(source, out / f"{_NAME}.mod.o", recipe)
        return found if found.refusal else _proven(target, recipe, found, source, out)


def _proven(target: Target, recipe: kbuild.Recipe, found: Description, source: str, out: Path) -> Description:
    """Return `found` if it gives what kbuild's way gives for the longest name, and a refusal otherwise."""
    from tapsmith.elf import loaded

    name = "x" * _LONGEST
    (out / f"{name}.mod.c").write_text(source, encoding="utf-8")
    (out / f"{name}.mod.s").write_text(found.text(name, source) or "", encoding="utf-8")
    results = []
    for script in (recipe.describe, found.command):
        done = kbuild.run(target, recipe, script, out, name)
        if done.returncode or done.stderr:
            return Description.refused(f"the reference does not compile: {done.stderr.strip()[:200]}")
        results.append(loaded(out / f"{name}.mod.o"))
    true, ours = results
    differing = sorted(part for part in {**true, **ours} if true.get(part) != ours.get(part))
    return Description.refused(f"sections differ: {', '.join(differing)}") if differing else found


def _split(source: str) -> tuple[str, Sequence[tuple[str, str]]]:
    """Return a `.mod.c` without its table, and the entries of that."""
    found = _TABLE.search(source)
    if not found:
        return source, ()
    return source[: found.start()] + _VERSIONS + source[found.end() :], _ENTRY.findall(found["entries"])


def _template(source: str, made: Path, recipe: kbuild.Recipe) -> Description:
    from tapsmith.elf import defined, loaded

    rest, entries = _split(source)
    sections = loaded(made)
    if defined(made) != {"__this_module"} or bool(entries) != ("__versions" in sections):
        return Description.refused("the reference's .mod.o has an unknown form")
    entry = len(sections["__versions"].data) // len(entries) if entries else 0
    if entries and sections["__versions"].data != _table(entries, entry):
        return Description.refused("the table of symbol versions has an unknown form")
    parts = [_assembly(name, section) for name, section in sections.items()]
    if None in parts:
        return Description.refused("a section of the reference's .mod.o has an unknown form")
    text = "".join(part for part in parts if part) + '\t.section .note.GNU-stack,"",%progbits\n'
    command = recipe.describe.replace("{out}/{name}.mod.c", "{out}/{name}.mod.s").replace(
        "{flags}", "{flags} -g0"
    )
    return Description(rest, text, entry, re.sub(r" -Wp,-M\S+", "", command), "")


def _table(entries: Sequence[tuple[str, str]], entry: int) -> bytes:
    return b"".join(
        int(crc, 16).to_bytes(_WORD, "little") + symbol.encode().ljust(entry - _WORD, b"\0")
        for crc, symbol in entries
    )


_FLAGS: Mapping[int, str] = {2: "a", 3: "aw"}
_KINDS = {"SHT_PROGBITS": "%progbits", "SHT_NOTE": "%note"}


def _assembly(name: str, section: Section) -> str | None:
    """Return a section of the reference as assembly; None if it cannot be written so."""
    flags, kind = _FLAGS.get(section.flags), _KINDS.get(section.kind)
    data, own = section.data, _NAME.encode()
    if not flags or not kind or (section.relocations and name != _THIS):
        return None
    head = f'\t.section {name},"{flags}",{kind}\n\t.balign {section.alignment}\n'
    if name == "__versions":
        return head + _VERSIONS
    if name == _THIS:
        return head + _this_module(section) if data.count(own) == 1 else None
    if name == ".modinfo":
        before, between, after = data.partition(b"name=" + own + b"\0")
        if not between or own in before + after:
            return None
        return head + _bytes(before) + '\t.asciz "name={name}"\n' + _bytes(after)
    return None if own in data else head + _bytes(data)


def _this_module(section: Section) -> str:
    """Return the structure itself: its name, and the functions that relocations name, in their places."""
    at = section.data.index(_NAME.encode())
    holes = {at: (_LONGEST + 1, '\t.ascii "{name}"\n\t.zero {rest}\n')}
    for offset, _, symbol, _ in section.relocations:
        holes[offset] = (_WORD, f"\t.quad {symbol}\n")
    text, done = "\t.globl __this_module\n\t.type __this_module, %object\n__this_module:\n", 0
    for offset, (size, line) in sorted(holes.items()):
        text += _bytes(section.data[done:offset]) + line
        done = offset + size
    return text + _bytes(section.data[done:]) + "\t.size __this_module, . - __this_module\n"


def _bytes(data: bytes) -> str:
    """Return data as assembly, zeros in short."""
    text = ""
    for run in re.finditer(rb"\0+|[^\0]+", data, re.DOTALL):
        text += f"\t.zero {len(run[0])}\n" if run[0][0] == 0 else f"\t.byte {','.join(map(str, run[0]))}\n"
    return text
