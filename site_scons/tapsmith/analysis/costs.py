"""What each fragment costs in a built module: bytes of code and of data, from its debug information.

Code is told apart by the lines it was compiled from, so what was inlined counts
for whoever wrote it, and an expanded macro for whoever wrote its use.  Lines of
the kernel's headers count with the line before them; a function that begins
with one is a row of its own.  Data is told apart by where its variables are
declared.  What the kernel reads about the module (strings, tables, versions)
belongs to nobody, and has rows of its own; all rows together are what `size`
counts.
"""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, SymbolTableSection

from tapsmith.analysis.dwarf import FileNames, Span, code_lines, variables
from tapsmith.diagnostics import fail
from tapsmith.resolution import Resolution

_EXECUTABLE, _ALLOCATED = 0x4, 0x2
FRAME, HEADERS, UNTOLD, GAPS = "generated", "kernel's headers", "code without lines", "gaps"
_TABLES = "tables for the kernel"
_KNOWN = {
    ".modinfo": "modinfo",
    "__versions": "symbol versions",
    ".gnu.linkonce.this_module": "struct module",
    "__param": "parameters",
}
_BEGINNINGS = {".rodata.str": "strings", ".orc": "unwinding", ".eh_frame": "unwinding", ".note": "notes"}
_OF_TABLES = (
    *(".altinstr", ".parainstructions", ".smp_locks", ".retpoline", ".return_sites", ".call_sites"),
    *("__mcount_loc", "__patchable", "__jump_table", "__bug_table", "__ex_table", ".static_call", ".ibt"),
    *("__tracepoints", "__dyndbg", ".plt", ".init.plt"),
)


@dataclass(frozen=True)
class Cost:
    """A row: `kind` is probe, fragment, frame or section; code and data in bytes."""

    name: str
    kind: str
    code: int
    data: int

    @property
    def total(self) -> int:
        """All bytes of the row."""
        return self.code + self.data


@dataclass(frozen=True)
class _Owners:
    """Who owns a file, by the name that the debug information has for it."""

    directories: Mapping[str, tuple[str, str]]
    generated: str

    def of(self, file: str) -> tuple[str, str] | None:
        """Return name and kind of the owner; None for a header of the kernel."""
        path = PurePosixPath(file)
        for parent in path.parents:
            if str(parent) in self.directories:
                return self.directories[str(parent)]
        # It was compiled in the kernel's directory, which holds no C file of that name.
        return (FRAME, "frame") if path.name == self.generated else None


def measure(module: Path, resolution: Resolution) -> tuple[Cost, ...]:
    """Return the rows: the probe, its fragments in their order, then what belongs to nobody.

    A fragment of which the module holds nothing has a row of zeros.  Raises
    `bad-module` for what is no module.
    """
    code: Counter[tuple[str, str]] = Counter()
    data: Counter[tuple[str, str]] = Counter()
    owners = _owners(resolution)
    try:
        with module.open("rb") as file:
            elf = ELFFile(file)
            names = FileNames(elf)
            for section in elf.iter_sections():
                if section["sh_flags"] & _ALLOCATED:
                    is_code = bool(section["sh_flags"] & _EXECUTABLE)
                    rows = _rows(elf, section, names, owners)
                    (code if is_code else data).update(rows)
    except (OSError, ELFError) as error:
        raise fail("bad-module", f"{module} is no module that can be measured: {error}") from None
    first = [(resolution.probe.name, "probe"), *((f.name, "fragment") for f in resolution.fragments)]
    first.append((FRAME, "frame"))
    rest = sorted((code.keys() | data.keys()) - set(first), key=lambda row: -code[row] - data[row])
    return tuple(Cost(name, kind, code[name, kind], data[name, kind]) for name, kind in [*first, *rest])


def held(costs: tuple[Cost, ...]) -> frozenset[str]:
    """Return the fragments of which the module holds code or data."""
    return frozenset(cost.name for cost in costs if cost.kind == "fragment" and cost.total)


def _owners(resolution: Resolution) -> _Owners:
    probe = resolution.probe
    found = {}
    for fragment in resolution.fragments:
        for name in (f"fragments/{fragment.name}", str(fragment.directory)):
            found[name] = (fragment.name, "fragment")
    for name in (probe.label, str(probe.directory)):
        found[name] = (probe.name, "probe")
    return _Owners(found, f"{probe.name}.c")


def _rows(elf: ELFFile, section: Section, names: FileNames, owners: _Owners) -> Counter[tuple[str, str]]:
    """Return the bytes of one section, by row."""
    name, size = section.name, section["sh_size"]
    row = _KNOWN.get(name)
    row = row or next((said for begin, said in _BEGINNINGS.items() if name.startswith(begin)), None)
    row = row or (_TABLES if name.startswith(_OF_TABLES) else None)
    if row:
        return Counter({(row, "section"): size})
    found: Counter[tuple[str, str]] = Counter()
    if section["sh_flags"] & _EXECUTABLE:
        for start, end, owner in _code(elf, name, names, owners):
            found[owner] += end - start
        rest = (UNTOLD, "section")
    else:
        for start, end, owner in _data(elf, name, names, owners):
            found[owner] += end - start
        rest = (GAPS, "section")
    found[rest] += size - found.total()
    return +found


_Owned = tuple[int, int, tuple[str, str]]


def _code(elf: ELFFile, name: str, names: FileNames, owners: _Owners) -> Iterator[_Owned]:
    """Give the bytes of code with their owners; what a header's line begins with goes on as before it.

    Room before a function (6.12 keeps some for patching) is the function's.
    """
    symbols = _symbols(elf, name, "STT_FUNC")
    starts = [start for start, _, _ in symbols]
    rooms = {start for start, _, symbol in symbols if symbol.startswith("__pfx_")}
    owner, last, at, waiting = (HEADERS, "section"), -1, 0, 0
    for span in code_lines(elf, name, names):
        for start, end in _pieces(span, starts):
            function = bisect.bisect_right(starts, start)
            if function != last:
                owner, last = (HEADERS, "section"), function
            owner = owners.of(span.file) or owner
            waiting += start - at
            at = end
            if function and starts[function - 1] in rooms:
                waiting += end - start
            else:
                yield start - waiting, end, owner
                waiting = 0


def _pieces(span: Span, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Cut the span where functions begin."""
    cuts = starts[bisect.bisect_right(starts, span.start) : bisect.bisect_left(starts, span.end)]
    bounds = [span.start, *cuts, span.end]
    yield from itertools.pairwise(bounds)


def _data(elf: ELFFile, name: str, names: FileNames, owners: _Owners) -> Iterator[_Owned]:
    """Give the bytes of variables with their owners."""
    files = variables(elf, names)
    at = 0
    for start, size, symbol in _symbols(elf, name, "STT_OBJECT"):
        end = max(at, start + size)
        file = files.get((symbol.split(".")[0], start))
        # What no debug information names (such as the kernel's own bookkeeping) is generated.
        owner = (owners.of(file) if file else None) or (FRAME, "frame")
        yield max(at, start), end, owner
        at = end


def _symbols(elf: ELFFile, section: str, kind: str) -> list[tuple[int, int, str]]:
    """Return offset, size and name of the section's symbols of a kind, in order."""
    table = elf.get_section_by_name(".symtab")
    index = elf.get_section_index(section)
    if not isinstance(table, SymbolTableSection):
        return []
    return sorted(
        {
            (symbol["st_value"], symbol["st_size"], symbol.name)
            for symbol in table.iter_symbols()
            if symbol["st_shndx"] == index and symbol["st_info"]["type"] == kind
        }
    )
