"""Debug information of a module: which file each byte of code is from, and which declares each variable.

A module is relocatable: each of its sections begins at 0, and only the
relocations tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

_ADDRESS = 0x03
"""DW_OP_addr: the variable is at the address that follows."""

_SET_ADDRESS = 0x02
"""DW_LNE_set_address."""


@dataclass(frozen=True)
class Span:
    """Bytes of a section's code from `start` to `end` that come from lines of `file`."""

    start: int
    end: int
    file: str


class FileNames:
    """The debug information of a module, and the names of its files; empty if it has none."""

    def __init__(self, elf: ELFFile) -> None:
        self._elf = elf

    @cached_property
    def units(self) -> list[tuple[CompileUnit, Any]]:
        """Each unit that has lines, with its line program, in the order of the programs."""
        if not self._elf.has_dwarf_info():
            return []
        dwarf = self._elf.get_dwarf_info()
        found = [(unit, dwarf.line_program_for_CU(unit)) for unit in dwarf.iter_CUs()]
        told = [(unit, program) for unit, program in found if program]
        return sorted(told, key=lambda pair: pair[1].program_start_offset)

    @staticmethod
    def file(program: Any, index: int) -> str:
        """Return the name of a unit's file: its directory's and its own."""
        modern = program["version"] >= 5
        entries, directories = program["file_entry"], program["include_directory"]
        if not 0 <= index - (not modern) < len(entries):
            return ""
        entry = entries[index - (not modern)]
        place = entry.dir_index - (not modern)
        directory = directories[place].decode() if 0 <= place < len(directories) else "."
        name = entry.name.decode()
        return name if directory == "." or name.startswith("/") else f"{directory}/{name}"


def code_lines(elf: ELFFile, section: str, names: FileNames) -> Iterator[Span]:
    """Give the spans of a section of code, in order."""
    where = iter(_sections_of_addresses(elf))
    found: list[Span] = []
    for _, program in names.units:
        start: Any = None
        current: str | None = None
        for entry in program.get_entries():
            if entry.is_extended and entry.command == _SET_ADDRESS:
                current = next(where, None)
            state = entry.state
            if state is None:
                continue
            if start is not None and current == section and state.address > start.address:
                found.append(Span(start.address, state.address, names.file(program, start.file)))
            start = None if state.end_sequence else state
    return iter(sorted(found, key=lambda span: span.start))


def variables(elf: ELFFile, names: FileNames) -> Mapping[tuple[str, int], str]:
    """Return the file that declares each variable, by the variable's name and offset."""
    found = {}
    for unit, program in names.units:
        for die in unit.iter_DIEs():
            location = die.attributes.get("DW_AT_location") if die.tag == "DW_TAG_variable" else None
            if location is None or location.form != "DW_FORM_exprloc" or location.value[:1] != [_ADDRESS]:
                continue
            offset = int.from_bytes(bytes(location.value[1:9]), "little")
            name, file = _attribute(die, "DW_AT_name"), _attribute(die, "DW_AT_decl_file")
            if name is not None and file is not None:
                found[name.decode(), offset] = names.file(program, file)
    return found


def _attribute(die: DIE, name: str) -> Any:
    """Return an attribute of a variable, or of the declaration that it completes."""
    for link in ("DW_AT_specification", "DW_AT_abstract_origin"):
        if name not in die.attributes and link in die.attributes:
            die = die.get_DIE_from_attribute(link)
    return die.attributes[name].value if name in die.attributes else None


def _sections_of_addresses(elf: ELFFile) -> list[str]:
    """Return the section of code of each address that the lines are set to: each has its relocation."""
    for part in elf.iter_sections():
        if isinstance(part, RelocationSection) and elf.get_section(part["sh_info"]).name == ".debug_line":
            table = elf.get_section(part["sh_link"])
            found = []
            for relocation in part.iter_relocations():
                index = table.get_symbol(relocation["r_info_sym"])["st_shndx"]
                target = elf.get_section(index) if isinstance(index, int) else None
                if target is not None and target["sh_flags"] & 0x4:
                    found.append((relocation["r_offset"], target.name))
            return [name for _, name in sorted(found)]
    return []
