"""The kernel-doc comments of a source: what a fragment says of each thing it exports."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMENT = re.compile(
    r"^/\*\*\n \* (?P<name>[^\n]*?)(?:\(\))? - (?P<text>.*?)\*/\n", re.MULTILINE | re.DOTALL
)
_CONTEXT = re.compile(r"^ \* Context: (\w+)", re.MULTILINE)
_PARAMETER = re.compile(r"^ \* @(\w+|\.\.\.):", re.MULTILINE)


@dataclass(frozen=True)
class KernelDoc:
    """A comment: what it describes (`struct x` or a name), its context, its parameters, and its offset."""

    name: str
    context: str | None
    parameters: tuple[str, ...]
    offset: int


def kernel_docs(text: str) -> tuple[KernelDoc, ...]:
    """Return the kernel-doc comments of a source, in their order."""
    found = []
    for match in _COMMENT.finditer(text):
        context = _CONTEXT.search(match["text"])
        parameters = tuple(name for name in _PARAMETER.findall(match["text"]) if name != "...")
        found.append(
            KernelDoc(match["name"], context[1] if context else None, parameters, match.start("name"))
        )
    return tuple(found)
