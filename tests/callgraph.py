"""The symbol and call graph of a built module, read from its disassembly and its DWARF.

Nodes are the symbols that the module defines.  An edge runs from the symbol
that holds an instruction or a datum to the symbol it refers to, by relocation
or by a direct branch.
"""

from __future__ import annotations

import bisect
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

_INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(.*)$")
_RELOCATION = re.compile(r"^\s+([0-9a-f]+): (R_\w+)\s+(\S+?)(?:([+-])0x([0-9a-f]+))?$")
_SECTION = re.compile(r"^Disassembly of section (\S+):$")
_BRANCH = re.compile(r"^(?:call|j\w+|loop\w*)\s.*<([^>+]+)(?:\+0x[0-9a-f]+)?>$")
_RELATIVE = ("R_X86_64_PC32", "R_X86_64_PLT32")


@dataclass(frozen=True, order=True)
class Symbol:
    """A function or object of the module: its section, offset and size in bytes."""

    section: str
    offset: int
    size: int
    name: str
    kind: str


class CallGraph:
    """Which symbol of the module at `path` refers to which."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.edges: dict[str, set[str]] = defaultdict(set)
        self._named: set[str] = set()
        self._sections: dict[str, list[Symbol]] = defaultdict(list)
        with path.open("rb") as file:
            elf = ELFFile(file)
            for symbol in _symbols(elf):
                self._named.add(symbol.name)
                bisect.insort(self._sections[symbol.section], symbol)
            self._read_data(elf)
        self._read_code()
        self._aliases = {
            s.name: set(self._at(s.section, s.offset)) for part in self._sections.values() for s in part
        }

    @property
    def functions(self) -> set[str]:
        """The functions that hold code; the padding before each (6.12's `__pfx_`) is not one."""
        return {
            s.name
            for part in self._sections.values()
            for s in part
            if s.kind == "STT_FUNC" and not s.name.startswith("__pfx_")
        }

    def reached(self, roots: set[str]) -> set[str]:
        """Return the symbols that can be reached from `roots`."""
        seen: set[str] = set()
        waiting = [root for root in roots if root in self._named]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += self.edges[name] | self._aliases[name]
        return seen

    def roots(self) -> set[str]:
        """Return what the kernel itself calls or reads: init, exit and the module's parameters."""
        parameters = {symbol.name for symbol in self._sections["__param"]}
        return {"init_module", "cleanup_module", "__this_module"} | parameters

    def _at(self, section: str, offset: int) -> list[str]:
        """Return the symbols that cover `offset` of `section`: more than one where there are aliases."""
        return [
            s.name for s in self._sections.get(section, ()) if s.offset <= offset < s.offset + max(s.size, 1)
        ]

    def _link(self, section: str, offset: int, target: str, addend: int) -> None:
        targets = [target] if target in self._named else self._at(target, addend)
        for source in self._at(section, offset):
            self.edges[source].update(targets)

    def _read_data(self, elf: ELFFile) -> None:
        for part in elf.iter_sections():
            if not isinstance(part, RelocationSection):
                continue
            section = elf.get_section(part["sh_info"])
            if section.name.startswith(".debug") or section["sh_flags"] & 0x4:
                continue
            table = elf.get_section(part["sh_link"])
            for relocation in part.iter_relocations():
                symbol = table.get_symbol(relocation["r_info_sym"])
                name = symbol.name or elf.get_section(symbol["st_shndx"]).name
                self._link(section.name, relocation["r_offset"], name, relocation["r_addend"])

    def _read_code(self) -> None:
        done = subprocess.run(
            ["objdump", "-dr", "--no-show-raw-insn", str(self.path)],
            capture_output=True,
            text=True,
            check=True,
        )
        section, at = "", 0
        waiting: list[tuple[int, str, str, int]] = []
        for line in done.stdout.splitlines():
            if found := _SECTION.match(line):
                self._settle_last(section, waiting)
                section = found[1]
            elif found := _INSTRUCTION.match(line):
                at = int(found[1], 16)
                self._settle(section, at, waiting)
                if branch := _BRANCH.match(found[2].strip()):
                    self._link(section, at, branch[1], 0)
            elif found := _RELOCATION.match(line):
                addend = int(found[5] or "0", 16) * (-1 if found[4] == "-" else 1)
                waiting.append((int(found[1], 16), found[2], found[3], addend))
        self._settle_last(section, waiting)

    def _settle_last(self, section: str, waiting: list[tuple[int, str, str, int]]) -> None:
        """Resolve those of a section's last instruction, a jump or call: it ends with the address."""
        if waiting:
            self._settle(section, waiting[-1][0] + 4, waiting)

    def _settle(self, section: str, end: int, waiting: list[tuple[int, str, str, int]]) -> None:
        """Resolve the relocations of the instruction that ends at `end`: relative ones count from there."""
        for offset, kind, symbol, addend in waiting:
            self._link(section, offset, symbol, addend + (end - offset if kind in _RELATIVE else 0))
        waiting.clear()


def files_of_code(path: Path, without: set[str]) -> set[str]:
    """Return the source files of which the module at `path` holds code.

    Code of the functions in `without`, and what is inlined into them, does
    not count.
    """
    with path.open("rb") as file:
        dwarf = ELFFile(file).get_dwarf_info()
        return {name for unit in dwarf.iter_CUs() for name in _files(unit, unit.get_top_DIE(), without)}


def _files(unit: CompileUnit, die: DIE, without: set[str]) -> Iterator[str]:
    for child in die.iter_children():
        if (
            child.tag == "DW_TAG_subprogram"
            and not {"DW_AT_low_pc", "DW_AT_ranges"} & child.attributes.keys()
        ):
            continue
        if child.tag in ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine"):
            origin = _origin(child)
            name = origin.attributes.get("DW_AT_name")
            if name is not None and name.value.decode() in without:
                continue
            if "DW_AT_decl_file" in origin.attributes:
                yield _file(unit, origin.attributes["DW_AT_decl_file"].value)
        if child.tag in ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine", "DW_TAG_lexical_block"):
            yield from _files(unit, child, without)


def _origin(die: DIE) -> DIE:
    while "DW_AT_abstract_origin" in die.attributes:
        die = die.get_DIE_from_attribute("DW_AT_abstract_origin")
    return die


def _file(unit: CompileUnit, index: int) -> str:
    program = unit.dwarfinfo.line_program_for_CU(unit)
    entry = program["file_entry"][index if program["version"] >= 5 else index - 1]
    directory = program["include_directory"]
    place = directory[entry.dir_index if program["version"] >= 5 else entry.dir_index - 1]
    return f"{place.decode()}/{entry.name.decode()}"


def _symbols(elf: ELFFile) -> Iterator[Symbol]:
    for table in elf.iter_sections():
        if not isinstance(table, SymbolTableSection):
            continue
        for symbol in table.iter_symbols():
            kind = symbol["st_info"]["type"]
            if symbol.name and kind in ("STT_FUNC", "STT_OBJECT") and isinstance(symbol["st_shndx"], int):
                section = elf.get_section(symbol["st_shndx"]).name
                yield Symbol(section, symbol["st_value"], symbol["st_size"], symbol.name, kind)
