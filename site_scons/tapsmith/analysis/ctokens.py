"""A C file as tokens: its functions and macros, what stands outside of them, what each name declares.

Lexical: nothing is preprocessed and no type is known.  Comments and strings
are blanked first, and what stands below `#if 0`; of any other condition every
branch counts as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tapsmith.csource import strip_literals, words
from tapsmith.diagnostics import Place

_TOKEN = re.compile(r'[A-Za-z_]\w*|\.?\d[\w.]*|"[^"]*"|\'[^\']*\'|->|\.\.\.|##|\S', re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_DIRECTIVE = re.compile(
    r"^[ \t]*(?:#|%:)[ \t]*(?P<word>\w*)(?P<rest>(?:\\\n|[^\n])*)", re.MULTILINE | re.ASCII
)
_NEVER = re.compile(r"^(?:\\\n|[ \t(])*0(?:\\\n|[ \t)])*$")
_MACRO = re.compile(r"(?:\\\n|[ \t])*(?P<name>[A-Za-z_]\w*)(?P<parameters>\([^)]*\))?", re.ASCII)
_MATCHING = {"(": ")", "{": "}", "[": "]"}
# They stand where a function's name could.
_ATTRIBUTES = frozenset(
    (
        *("__attribute__", "__printf", "__scanf", "__aligned", "__section"),
        *("__acquires", "__releases", "__cond_acquires", "__must_hold"),
    )
)
# The second argument of these is a function whose body follows.
_TRACE_HEADS = {"_STP_TRACEPOINT": 1, "_STP_TRACEPOINT_UNCHECKED": 0}


@dataclass(frozen=True)
class Token:
    """An identifier, number, blanked literal or mark, and the offset of its first character."""

    text: str
    offset: int

    @property
    def is_name(self) -> bool:
        """Tell whether it is an identifier (or keyword)."""
        return bool(_NAME.fullmatch(self.text))


@dataclass(frozen=True)
class Function:
    """A definition; `kind` is function, macro or tracepoint, `last` the offset of the end of its body."""

    name: str
    kind: str
    at: int
    last: int
    parameters: tuple[Token, ...]
    body: tuple[Token, ...]


@dataclass(frozen=True)
class Unit:
    """One file: its functions and macros, and the tokens `outside` of their parameters and bodies."""

    path: Path
    text: str
    functions: tuple[Function, ...]
    outside: tuple[Token, ...]

    def place(self, offset: int) -> Place:
        """Return file, line and column of an offset."""
        line = self.text.count("\n", 0, offset) + 1
        return Place(self.path, line, offset - self.text.rfind("\n", 0, offset))

    @cached_property
    def macros(self) -> frozenset[str]:
        """The names that the file #defines."""
        return frozenset(function.name for function in self.functions if function.kind == "macro")

    @cached_property
    def words(self) -> frozenset[str]:
        """All names in the code, those in conditions of the preprocessor included."""
        return words(self.text)


def read_unit(path: Path, text: str) -> Unit:
    """Return the functions, macros and other tokens of a file."""
    code, macros = _preprocessed(strip_literals(text))
    tokens = list(_tokens(code, 0, len(code)))
    functions, outside = _functions(tokens, text)
    return Unit(path, text, (*macros, *functions), tuple(outside))


def closing(tokens: Sequence[Token], start: int) -> int:
    """Return the index of the mark that closes the one at `start`; the last token's if there is none."""
    opens = tokens[start].text
    closes, depth = _MATCHING[opens], 0
    for index in range(start, len(tokens)):
        depth += (tokens[index].text == opens) - (tokens[index].text == closes)
        if not depth:
            return index
    return len(tokens) - 1


def arguments(tokens: Sequence[Token], start: int) -> list[Sequence[Token]]:
    """Return what stands between the commas of the parenthesis that opens at `start`."""
    end, parts, index, begin = closing(tokens, start), [], start + 1, start + 1
    while index < end:
        if tokens[index].text in _MATCHING:
            index = closing(tokens, index)
        elif tokens[index].text == ",":
            parts.append(tokens[begin:index])
            begin = index + 1
        index += 1
    last = tokens[begin:end]
    return [*parts, last] if parts or last else []


def calls(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Give each name before a parenthesis that is no member, with its index."""
    for index, token in enumerate(tokens[:-1]):
        if token.is_name and tokens[index + 1].text == "(" and not is_member(tokens, index):
            yield index, token


def is_member(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether the name at `index` is a member of a structure, or a label."""
    return index > 0 and tokens[index - 1].text in (".", "->", "goto")


def _tokens(code: str, start: int, end: int) -> Iterator[Token]:
    for match in _TOKEN.finditer(code, start, end):
        # A line that goes on is no mark.
        if match[0] != "\\":
            yield Token(match[0], match.start())


def _preprocessed(code: str) -> tuple[str, list[Function]]:
    """Blank the directives and what is below `#if 0`; return the rest, and the macros."""
    parts, macros, at = [], [], 0
    # For each #if that is open: whether the code below it never counts.
    dead: list[bool] = []
    for match in _DIRECTIVE.finditer(code):
        between = code[at : match.start()]
        parts += [_blank(between) if any(dead) else between, _blank(match[0])]
        at = match.end()
        word, rest = match["word"], match["rest"]
        if word in ("if", "ifdef", "ifndef"):
            dead.append(word == "if" and bool(_NEVER.match(rest)))
        elif word in ("else", "elif") and dead:
            dead[-1] = False
        elif word == "endif" and dead:
            dead.pop()
        elif word == "define" and not any(dead) and (head := _MACRO.match(code, match.start("rest"))):
            macros.append(_macro(code, head, match.end()))
    parts.append(_blank(code[at:]) if any(dead) else code[at:])
    return "".join(parts), macros


def _macro(code: str, head: re.Match[str], end: int) -> Function:
    parameters = _tokens(code, *head.span("parameters")) if head["parameters"] else ()
    body = tuple(_tokens(code, head.end(), end))
    return Function(head["name"], "macro", head.start("name"), end, tuple(parameters), body)


def _functions(tokens: Sequence[Token], text: str) -> tuple[list[Function], list[Token]]:
    functions, outside, index = [], [], 0
    while index < len(tokens):
        found = _function(tokens, index, text)
        if found:
            function, index = found
            functions.append(function)
            continue
        outside.append(tokens[index])
        if tokens[index].text == "{":
            # The members of a structure, or an initialiser: no function begins there.
            end = _body_end(tokens, index, text)
            outside += tokens[index + 1 : end + 1]
            index = end
        index += 1
    return functions, outside


def _function(tokens: Sequence[Token], index: int, text: str) -> tuple[Function, int] | None:
    """Return the function whose name is at `index`, and the index behind its body."""
    name = tokens[index]
    if (
        not name.is_name
        or name.text in _ATTRIBUTES
        or [t.text for t in tokens[index + 1 : index + 2]] != ["("]
    ):
        return None
    end = closing(tokens, index + 1)
    start = end + 1
    # Between them stand only words such as __acquires(lock).
    while start < len(tokens) and tokens[start].text.startswith("__"):
        start += 1
        if start < len(tokens) and tokens[start].text == "(":
            start = closing(tokens, start) + 1
    if start >= len(tokens) or tokens[start].text != "{":
        return None
    last = _body_end(tokens, start, text)
    kind, parameters = "function", tokens[index + 2 : end]
    if name.text in _TRACE_HEADS:
        given = arguments(tokens, index + 1)
        if len(given) <= _TRACE_HEADS[name.text] or not given[_TRACE_HEADS[name.text]]:
            return None
        kind, name = "tracepoint", given[_TRACE_HEADS[name.text]][0]
    body = tuple(tokens[start + 1 : last])
    return Function(name.text, kind, name.offset, tokens[last].offset, tuple(parameters), body), last + 1


def _body_end(tokens: Sequence[Token], start: int, text: str) -> int:
    """Return the index of the brace that ends a body.

    One in the first column does, too: a condition of the preprocessor may have opened more than it closes.
    """
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index].text == "{") - (tokens[index].text == "}")
        at = tokens[index].offset
        if not depth or (tokens[index].text == "}" and text[at - 1 : at] in ("", "\n")):
            return index
    return len(tokens) - 1


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def units(texts: Mapping[Path, str]) -> tuple[Unit, ...]:
    """Return the files of a probe or fragment."""
    return tuple(read_unit(path, text) for path, text in texts.items())
