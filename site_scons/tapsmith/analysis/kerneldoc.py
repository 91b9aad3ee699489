"""The kernel-doc comments of a source: what a fragment says of each thing it exports."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMENT = re.compile(
    r"^/\*\*\n \* (?P<name>[^\n]*?)(?:\(\))? - (?P<text>.*?)\*/\n", re.MULTILINE | re.DOTALL
)
_CONTEXT = re.compile(r"^ \* Context: (\w+)", re.MULTILINE)
_SUMMARY = re.compile(r"^ \*(?: @|\s*$| Context:| Return:)", re.MULTILINE)
_PARAMETER = re.compile(r"^ \* @(\w+|\.\.\.):", re.MULTILINE)


@dataclass(frozen=True)
class KernelDoc:
    """A comment: what it describes (`struct x` or a name) and says first, context, parameters, offset."""

    name: str
    context: str | None
    parameters: tuple[str, ...]
    offset: int
    summary: str


def kernel_docs(text: str) -> tuple[KernelDoc, ...]:
    """Return the kernel-doc comments of a source, in their order."""
    found = []
    for match in _COMMENT.finditer(text):
        context = _CONTEXT.search(match["text"])
        parameters = tuple(name for name in _PARAMETER.findall(match["text"]) if name != "...")
        summary = " ".join(_SUMMARY.split(match["text"])[0].replace("\n *", " ").split())
        said = context[1] if context else None
        found.append(KernelDoc(match["name"], said, parameters, match.start("name"), summary))
    return tuple(found)
