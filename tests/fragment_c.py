"""What a fragment's C says of itself: its kernel-doc comments, and which function calls which.

Lexical, and made for the style of this tree: a comment that begins with `/**`
stands before what it describes, a function's body begins and ends with a brace
in the first column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tapsmith.csource import strip_literals

_COMMENT = re.compile(
    r"^/\*\*\n \* (?P<name>[^\n]*?)(?:\(\))? - (?P<text>.*?)\*/\n", re.MULTILINE | re.DOTALL
)
_CONTEXT = re.compile(r"^ \* Context: (\w+)", re.MULTILINE)
_PARAMETER = re.compile(r"^ \* @(\w+):", re.MULTILINE)
_FUNCTION = re.compile(
    r"^\w[^\n;{}#]*?\b(?P<name>\w+)\((?P<parameters>[^{};]*?)\)[^{};]*\n\{\n(?P<body>.*?)^\}",
    re.MULTILINE | re.DOTALL,
)
_MACRO = re.compile(
    r"^#define (?P<name>\w+)(?:\((?P<parameters>[^)]*)\))?(?P<body>(?:[^\n]*\\\n)*[^\n]*)\n", re.MULTILINE
)
_ATTRIBUTE = re.compile(r"\b__printf\(\d+, \d+\) ?")
_CALL = re.compile(r"\b(\w+)\s*\(")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")


@dataclass(frozen=True)
class KernelDoc:
    """A kernel-doc comment: what it describes (`struct x` or a name), its context and its parameters."""

    name: str
    context: str | None
    parameters: tuple[str, ...]


def kernel_docs(text: str) -> tuple[KernelDoc, ...]:
    """Return the kernel-doc comments of a source."""
    found = []
    for match in _COMMENT.finditer(text):
        context = _CONTEXT.search(match["text"])
        parameters = tuple(_PARAMETER.findall(match["text"]))
        found.append(KernelDoc(match["name"], context[1] if context else None, parameters))
    return tuple(found)


def parameters(text: str) -> dict[str, tuple[str, ...]]:
    """Return the names of the parameters of each function and function-like macro that `text` defines."""
    found = {}
    for pattern in (_MACRO, _FUNCTION):
        for match in pattern.finditer(_code(text)):
            if match["parameters"] is not None:
                found[match["name"]] = tuple(_parameter_names(match["parameters"]))
    return found


def defines(text: str, kind: str, name: str) -> bool:
    """Tell whether `text` defines the function, the type, or the macro (or constant of an enum)."""
    code = _code(text)
    if kind == "function":
        return any(match["name"] == name for match in _FUNCTION.finditer(code))
    if kind == "macro":
        constants = "|".join(re.findall(r"\benum\s*\w*\s*\{([^}]*)\}", code))
        macros = (match["name"] for match in _MACRO.finditer(code))
        return name in macros or bool(re.search(rf"\b{name}\b", constants))
    # A structure, a typedef, one of a function's address, one of a structure.
    forms = (
        rf"^{name}\s*\{{",
        rf"typedef [^;{{}}]*\b{name};",
        rf"typedef [^;{{}}]*\(\*{name}\)\(",
        rf"^\}} {name};",
    )
    return bool(re.search("|".join(forms), code, re.MULTILINE))


def callees(text: str) -> dict[str, frozenset[str]]:
    """Return what each function and macro of `text` calls; of a macro, every word of it.

    A macro that only chooses among functions by type bears the name of one of
    them: then it is that one, and the others speak for themselves.
    """
    code = _code(text)
    found = {match["name"]: frozenset(_WORD.findall(match["body"])) for match in _MACRO.finditer(code)}
    for match in _FUNCTION.finditer(code):
        found[match["name"]] = frozenset(_CALL.findall(match["body"]))
    return found


def path_to(start: str, forbidden: Iterable[str], graph: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return a chain of calls from `start` to one of `forbidden`; empty if there is none."""
    goals = frozenset(forbidden)
    seen = {start}
    todo = [(start,)]
    for chain in todo:
        for callee in sorted(graph.get(chain[-1], frozenset())):
            if callee in goals:
                return (*chain, callee)
            if callee not in seen:
                seen.add(callee)
                todo.append((*chain, callee))
    return ()


def _code(text: str) -> str:
    """Return the text without comments, literals, and the attribute that looks like a function's name."""
    return _ATTRIBUTE.sub("", strip_literals(text))


def _parameter_names(text: str) -> Iterable[str]:
    """Give the name in each declaration; that of a pointer to a function stands in parentheses."""
    depth, declaration = 0, ""
    for char in f"{text},":
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            inner = re.search(r"\(\s*\*\s*(\w+)", declaration)
            words = _WORD.findall(inner[1] if inner else declaration.split("[")[0])
            if words and words != ["void"]:
                yield words[-1]
            elif "..." in declaration:
                yield "..."
            declaration = ""
        else:
            declaration += char
