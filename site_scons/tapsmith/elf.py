"""What of an object or module the kernel loads, in a form in which two of them can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

Relocation = tuple[int, int, str, int]
"""Offset, type, what it points to (a global symbol, or a section), and the distance from there."""


@dataclass(frozen=True)
class Section:
    """A section with contents, and the relocations that apply to them, by offset."""

    kind: str
    flags: int
    alignment: int
    data: bytes
    relocations: tuple[Relocation, ...]


def loaded(path: Path) -> Mapping[str, Section]:
    """Return the sections of an ELF file that take memory and are not empty, by name, in their order.

    Left out is what the kernel does not load: symbol tables, debug information, comments.
    """
    with path.open("rb") as file:
        elf = ELFFile(file)
        moves: dict[int, tuple[Relocation, ...]] = {
            part["sh_info"]: tuple(sorted(_relocation(elf, part, entry) for entry in part.iter_relocations()))
            for part in elf.iter_sections()
            if isinstance(part, RelocationSection) and _takes_memory(elf.get_section(part["sh_info"]))
        }
        found: dict[str, Section] = {}
        for index, part in enumerate(elf.iter_sections()):
            if _takes_memory(part) and part["sh_size"]:
                kind = str(part["sh_type"])
                size = b"%d" % part["sh_size"]
                data = size if kind == "SHT_NOBITS" else part.data()
                section = Section(kind, part["sh_flags"], part["sh_addralign"], data, moves.get(index, ()))
                found[_free_name(part.name, found)] = section
        return found


def defined(path: Path) -> frozenset[str]:
    """Return the names that an ELF file defines for others."""
    with path.open("rb") as file:
        table: Any = ELFFile(file).get_section_by_name(".symtab")
        return frozenset(
            symbol.name
            for symbol in table.iter_symbols()
            if symbol["st_info"]["bind"] != "STB_LOCAL" and symbol["st_shndx"] != "SHN_UNDEF"
        )


def _takes_memory(section: Any) -> bool:
    return bool(section["sh_flags"] & SH_FLAGS.SHF_ALLOC)


def _free_name(name: str, taken: Mapping[str, Section]) -> str:
    """Return a section's name, with a number where several have the same."""
    if name not in taken:
        return name
    return next(free for count in range(2, len(taken) + 2) if (free := f"{name} ({count})") not in taken)


def _relocation(elf: ELFFile, table: Any, entry: Any) -> Relocation:
    symbol = elf.get_section(table["sh_link"]).get_symbol(entry["r_info_sym"])
    addend = entry["r_addend"] if entry.is_RELA() else 0
    index = symbol["st_shndx"]
    if symbol["st_info"]["bind"] == "STB_LOCAL" and isinstance(index, int):
        # Local names are the compiler's; what counts is the place.
        return (
            entry["r_offset"],
            entry["r_info_type"],
            elf.get_section(index).name,
            symbol["st_value"] + addend,
        )
    return entry["r_offset"], entry["r_info_type"], symbol.name, addend
