"""compile_commands.json: by it clangd, and what else reads it, works on the file that a user edits.

An entry has the flags of the kernel's own build, and by `-include` what
stands before the source in the emitted C (`editor_header`).  clangd is no
gcc: what of gcc's code generation it does not know is left out.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tapsmith import atomic
from tapsmith.capabilities import definitions
from tapsmith.diagnostics import TapsmithError
from tapsmith.editor_header import directories, header_before
from tapsmith.facts import Facts
from tapsmith.library import Library
from tapsmith.manifest import Fragment, Requirement, Source
from tapsmith.probe import Probe
from tapsmith.resolution import Resolution, resolve
from tapsmith.versions import ANY

_GCC_ONLY = (
    "-fconserve-stack",
    "-fno-allow-store-data-races",
    "-ftrivial-auto-var-init=",
    "-mabi=",
    "-mfunction-return=",
    "-mindirect-branch",
    "-mpreferred-stack-boundary=",
    "-mrecord-mcount",
)
"""Flags of gcc, by their beginnings, that clang 14 refuses: none changes what a source means."""

_PREFIX = re.compile(r"(\w+-linux-gnu\w*)-")


@dataclass(frozen=True)
class Unit:
    """A source that an editor may open, and the resolution that it is seen in."""

    source: Source
    resolution: Resolution


def units(resolutions: Sequence[Resolution], library: Library) -> Mapping[Path, Unit]:
    """Return each source once: a probe's in its own resolution, a fragment's with what it requires alone.

    A fragment that does not resolve alone, or is not of `library`, is seen in the first probe that holds it.
    """
    found: dict[Path, Unit] = {}
    fragments = dict(library.fragments)
    for resolution in resolutions:
        found |= {source.path: Unit(source, resolution) for source in resolution.probe.sources}
        fragments |= {f.name: f for f in resolution.fragments if f.name not in fragments}
    for name in sorted(fragments):
        seen = _alone(fragments[name], library) or next(
            (r for r in resolutions if fragments[name] in r.fragments), None
        )
        if seen:
            found |= {source.path: Unit(source, seen) for source in fragments[name].sources}
    return MappingProxyType(found)


def write_database(path: Path, units: Iterable[Unit], facts: Facts, headers: Path) -> None:
    """Write the database, and below `headers` the header of each entry; what is right already stays."""
    entries = []
    for unit in units:
        header = headers / f"{unit.source.label}.h"
        _write(header, header_before(unit.resolution, unit.source))
        defines = definitions(facts, unit.resolution.fragments)
        arguments = [*flags(facts, unit.resolution.probe.name), *defines, *_quoted(unit)]
        arguments += ["-include", str(header)]
        # gcc's own warnings are no mistake, and a fragment offers more than is used.
        arguments.append("-Wno-unknown-warning-option")
        if unit.source not in unit.resolution.probe.sources:
            arguments.append("-Wno-unused-function")
        file = str(unit.source.path)
        entries.append(
            {"directory": str(facts.target.tree), "file": file, "arguments": [*arguments, "-c", file]}
        )
    _write(path, json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def flags(facts: Facts, name: str) -> list[str]:
    """Return the compiler and its flags for a module `name`, but for its files and what clang refuses."""
    out = "/nonexistent"
    command = facts.recipe.compile.format(out=out, name=name, flags="")
    words = iter(_first_command(command))
    kept = []
    for word in words:
        if word == "-o":
            next(words)
        elif word != "-c" and not word.startswith((out, "-Wp,-M", *_GCC_ONLY)):
            kept.append(word)
    # gcc is of one machine by its name, clang of that which it is told.
    if prefix := _PREFIX.match(Path(kept[0]).name):
        kept.insert(1, f"--target={prefix[1]}")
    return kept


def _first_command(script: str) -> Iterator[str]:
    """Give the words of a script up to its first separator: objtool follows the compiler."""
    lexer = shlex.shlex(script, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    for word in lexer:
        if word in (";", "&&", "||", "|", "&"):
            return
        yield word


def _quoted(unit: Unit) -> Iterator[str]:
    for directory in directories(unit.resolution):
        yield from ("-iquote", str(directory))


def _alone(fragment: Fragment, library: Library) -> Resolution | None:
    if library.fragments.get(fragment.name) != fragment:
        return None
    need = Requirement(fragment.name, ANY, (), fragment.place)
    probe = Probe(
        name=fragment.name,
        version=fragment.version,
        summary=fragment.summary,
        license=fragment.license,
        author=None,
        needs=(need,),
        config=(),
        defines=(),
        kernel=None,
        sources=(),
        unchecked=(),
        workload=None,
        directory=fragment.directory,
        place=fragment.place,
        places=MappingProxyType({}),
    )
    try:
        return resolve(probe, library)
    except TapsmithError:
        return None


def _write(path: Path, text: str) -> None:
    """Write a text unless it is there: an editor reads anew what has changed."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        atomic.write_text(path, text)
