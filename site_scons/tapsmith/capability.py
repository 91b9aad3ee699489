"""Capabilities: questions to a kernel that a fragment's C hangs on, each some C that compiles or not.

    capabilities:
      HRTIMER_SETUP:
        includes: [linux/hrtimer.h]
        code: "struct hrtimer t; hrtimer_setup(&t, NULL, CLOCK_MONOTONIC, HRTIMER_MODE_REL);"
        help: One call that sets up a timer, since 6.13

Where they compile, and use nothing that is not exported to modules, the macro
KERNEL_HAS_HRTIMER_SETUP is defined.  `capabilities` finds that out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tapsmith.diagnostics import Place
from tapsmith.document import Report
from tapsmith.reader import Reader
from tapsmith.words import C_CODE, HEADER, LINE

PREFIX = "KERNEL_HAS_"
"""What the names of the macros begin with."""


@dataclass(frozen=True)
class Capability:
    """A question, by the name that the manifest gives it: statements of C below their headers."""

    name: str
    includes: tuple[str, ...]
    code: str
    help: str
    place: Place

    @property
    def macro(self) -> str:
        """The macro that is defined where a kernel has it."""
        return PREFIX + self.name

    @property
    def text(self) -> str:
        """The C file that compiles where a kernel has it."""
        headers = "".join(f"#include <{header}>\n" for header in ("linux/module.h", *self.includes))
        return f"{headers}\nvoid capability(void);\nvoid capability(void)\n{{\n{self.code.strip()}\n}}\n"

    @property
    def digest(self) -> str:
        """What the answer hangs on beside the kernel."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Asking(Protocol):
    """A fragment, as far as it asks."""

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """What it asks."""


def asked_by(fragments: Iterable[Asking]) -> tuple[Capability, ...]:
    """Return the capabilities that fragments ask for, each once."""
    found = {(c.name, c.digest): c for fragment in fragments for c in fragment.capabilities}
    return tuple(sorted(found.values(), key=lambda capability: capability.name))


def read_capabilities(reader: Reader, key: str) -> tuple[Capability, ...]:
    """Read a table of capabilities."""
    found = []
    for entry in reader.entries(key):
        inner = entry.reader()
        if inner is None:
            message = f"`{entry.key.text}` must be a mapping"
            reader.report.add("wrong-type", message, entry.node.place, 'write {code: "STATEMENTS"}')
            continue
        includes = tuple(header for _, header in inner.items("includes", HEADER))
        code, told = inner.read("code", C_CODE), inner.read("help", LINE)
        inner.finish()
        if entry.name and code:
            found.append(Capability(entry.name, includes, code, told or "", entry.key.place))
    return tuple(found)


def check_capabilities(owners: Iterable[tuple[str, Sequence[Capability]]], report: Report) -> None:
    """Report capabilities of one name that ask different things; `owners` are fragments by name."""
    found: dict[str, tuple[str, Capability]] = {}
    for owner, capabilities in owners:
        for capability in capabilities:
            other, first = found.setdefault(capability.name, (owner, capability))
            if first.text != capability.text:
                message = (
                    f"`{owner}` and `{other}` ask different things by {capability.macro} ({first.place})"
                )
                report.add("duplicate-capability", message, capability.place, "rename one of the two")
