"""What a kernel has: capabilities found by compiling, once for each kernel, and kept by the tree's identity.

A capability is there if its C compiles as a module's does, and what it calls
is exported to modules.  The answers lie with the facts of the tree.
"""

from __future__ import annotations

import fcntl
import json
import re
import shlex
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tapsmith import atomic, kbuild
from tapsmith.capability import Asking, Capability, asked_by
from tapsmith.diagnostics import fail
from tapsmith.facts import Facts
from tapsmith.parallel import each

_NAME = "capability"
# What a kernel's flags take for a warning must not decide, what is a mistake in any C must.
FLAGS = (
    "-Wno-error -Wno-unused -Werror=implicit-function-declaration "
    "-Werror=incompatible-pointer-types -Werror=int-conversion"
)
_REFUSED = re.compile(r":\d+:\d+: (?:fatal )?error: (.*)")
_ENVIRONMENT = re.compile(r"No space left|Cannot allocate|error writing|internal compiler error")


@dataclass(frozen=True)
class Answer:
    """Whether a kernel has a capability; if not, `why`, in the compiler's words."""

    has: bool
    why: str = ""


def find(facts: Facts, capabilities: Iterable[Capability]) -> Mapping[str, Answer]:
    """Return the answer for each capability, by its `digest`.

    TapsmithError: `capability-unclear` where the compiler failed for another reason than the C.
    """
    wanted = {capability.digest: capability for capability in capabilities}
    home = facts.directory / "capabilities"
    found = {digest: answer for digest in wanted if (answer := _recall(home / digest))}
    if len(found) < len(wanted):
        # Others that ask the same meanwhile wait for the answer.
        with _locked(home):
            lacking = [capability for digest, capability in wanted.items() if digest not in found]
            answers = each(lambda capability: _answer(facts, home, capability), lacking)
        found |= {capability.digest: answer for capability, answer in zip(lacking, answers, strict=True)}
    return MappingProxyType(found)


def definitions(facts: Facts, fragments: Iterable[Asking]) -> tuple[str, ...]:
    """Return the compiler's options for the capabilities of `fragments` that the kernel has."""
    asked = asked_by(fragments)
    answers = find(facts, asked) if asked else {}
    return tuple(f"-D{capability.macro}" for capability in asked if answers[capability.digest].has)


def _answer(facts: Facts, home: Path, capability: Capability) -> Answer:
    kept = home / capability.digest
    answer = _recall(kept)
    if answer is None:
        answer = _ask(facts, capability)
        atomic.write_text(kept, json.dumps({"has": answer.has, "why": answer.why}))
    return answer


def _recall(path: Path) -> Answer | None:
    try:
        return Answer(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _ask(facts: Facts, capability: Capability) -> Answer:
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        out = Path(scratch)
        (out / f"{_NAME}.c").write_text(capability.text, encoding="utf-8")
        done = kbuild.run(facts.target, facts.recipe, facts.recipe.compile, out, _NAME, flags=FLAGS)
        refused = _REFUSED.search(done.stderr)
        if done.returncode and (not refused or _ENVIRONMENT.search(done.stderr)):
            raise fail(
                "capability-unclear",
                f"the compiler does not tell whether kernel {facts.target.release} has {capability.name}",
                capability.place,
                detail=done.stderr.strip() or shlex.join(["status", str(done.returncode)]),
            )
        if refused and done.returncode:
            return Answer(False, refused[1])
        lacking = sorted(_undefined(out / f"{_NAME}.o") - _exported(facts))
    return Answer(False, f"{', '.join(lacking)} is not exported to modules") if lacking else Answer(True)


def _undefined(object_file: Path) -> frozenset[str]:
    # Here, since answers are kept, and its import takes a while.
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    with object_file.open("rb") as file:
        tables = [s for s in ELFFile(file).iter_sections() if isinstance(s, SymbolTableSection)]
        symbols = [symbol for table in tables for symbol in table.iter_symbols()]
        names = {symbol.name for symbol in symbols if symbol["st_shndx"] == "SHN_UNDEF"}
    return frozenset(names - {""})


def _exported(facts: Facts) -> frozenset[str]:
    text = (facts.target.tree / "Module.symvers").read_text(encoding="utf-8", errors="replace")
    return frozenset(line.split("\t", 2)[1] for line in text.splitlines() if "\t" in line)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
