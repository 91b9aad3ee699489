"""Lexical looks at C text: comments, macros, includes, functions, probed symbols.

Nothing here parses C.  Each look first blanks what is no code (comments,
strings) character by character, so that lines and columns stay what they are
in the file.  Columns count characters from 1.  What a look found in a text is kept: a build
asks the same of a fragment for every probe that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_STRING = r'"(?:\\.|[^"\\\n])*"'
_CHARACTER = r"'(?:\\.|[^'\\\n])*'"
# A comment without an end takes the rest of the file, as it does for the compiler.
_COMMENT = r"/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*"
_TOKEN = re.compile(f"({_COMMENT})|{_STRING}|{_CHARACTER}", re.DOTALL)
_LITERAL = re.compile(f"{_STRING}|{_CHARACTER}", re.DOTALL)

_GAP = r"(?:[ \t]|\\\n)"
_DIRECTIVE = rf"^{_GAP}*(?:\#|%:){_GAP}*"
_DEFINE = re.compile(rf"{_DIRECTIVE}(define|undef){_GAP}+([A-Za-z_]\w*)", re.MULTILINE | re.ASCII)
_CONDITION = re.compile(rf"{_DIRECTIVE}(?:if|ifdef|ifndef|elif)\b(?:\\\n|[^\n])*", re.MULTILINE | re.ASCII)
_WORD = re.compile(r"\b[A-Za-z_]\w*", re.ASCII)
_INCLUDE = re.compile(rf'{_DIRECTIVE}include{_GAP}*"([^"\n]+)"', re.MULTILINE)
_SYSTEM_INCLUDE = re.compile(rf"{_DIRECTIVE}include{_GAP}*<([^>\n]+)>", re.MULTILINE)

_LITERALS = rf"{_STRING}(?:\s*{_STRING})*"
_INITIALISER = re.compile(
    r"(?:\.|->)\s*(?:symbol_name|addr)\s*=\s*(?:\([^()]*\)\s*)*"
    rf"(?:(?P<wrapper>_stp_syscall)\s*\(\s*(?P<call>{_LITERALS})\s*\)|(?P<function>{_LITERALS}))",
    re.ASCII,
)
_TRACEPOINTS = re.compile(r"\bstruct\s+_stp_tracepoint\s+\w+\s*(?:\[[^\]]*\]\s*)?=\s*\{[^;]*;", re.ASCII)
_TRACEPOINT = re.compile(rf"\.\s*name\s*=\s*(?P<name>{_LITERALS})")
# Between a function's parameters and its body the kernel has words such as __acquires(lock).
_BODY = re.compile(r"(?:\s+[A-Za-z_]\w*(?:\s*\([^()]*\))?)*\s*\{", re.ASCII)
_TEXT = re.compile(r'"((?:\\.|[^"\\\n])*)"', re.DOTALL)


@dataclass(frozen=True)
class Mention:
    """A word and where it stands in the text."""

    name: str
    line: int
    column: int


@dataclass(frozen=True)
class ProbedSymbol:
    """What a probe's initialiser names: `kind` is `function`, `syscall` or `tracepoint`."""

    kind: str
    name: str
    line: int
    column: int


@cache
def strip_comments(text: str) -> str:
    """Return `text` with every comment blanked; lines and columns are kept."""
    return _TOKEN.sub(lambda match: _blank(match[0]) if match[1] is not None else match[0], text)


@cache
def strip_literals(text: str) -> str:
    """Return `text` with comments and the insides of strings and characters blanked."""
    code = strip_comments(text)
    return _LITERAL.sub(lambda match: match[0][0] + _blank(match[0][1:-1]) + match[0][-1], code)


@cache
def macro_changes(text: str) -> tuple[Mention, ...]:
    """Return each name that `text` #defines or #undefs."""
    return tuple(_mention(text, match, 2) for match in _DEFINE.finditer(strip_literals(text)))


@cache
def quoted_includes(text: str) -> tuple[Mention, ...]:
    """Return the file of each `#include "file"`."""
    return tuple(_mention(text, match, 1) for match in _INCLUDE.finditer(strip_comments(text)))


@cache
def words(text: str) -> frozenset[str]:
    """Return the identifiers and keywords of the code."""
    return frozenset(_WORD.findall(strip_literals(text)))


@cache
def conditions(text: str, names: frozenset[str]) -> tuple[Mention, ...]:
    """Return each of `names` that a condition of the preprocessor (#if, #ifdef and so on) hangs on."""
    code = strip_literals(text)
    found = []
    for directive in _CONDITION.finditer(code) if names else ():
        for word in _WORD.finditer(code, *directive.span()):
            if word[0] in names:
                found.append(_mention(code, word, 0))
    return tuple(found)


def system_includes(text: str) -> tuple[Mention, ...]:
    """Return the file of each `#include <file>`."""
    return tuple(_mention(text, match, 1) for match in _SYSTEM_INCLUDE.finditer(strip_comments(text)))


@cache
def calls(text: str, names: frozenset[str]) -> tuple[Mention, ...]:
    """Return each of `names` that stands before an opening parenthesis."""
    if not names:
        return ()
    pattern = re.compile(rf"\b({'|'.join(sorted(map(re.escape, names)))})\s*\(", re.ASCII)
    return tuple(_mention(text, match, 1) for match in pattern.finditer(strip_literals(text)))


@cache
def defines_function(text: str, name: str) -> bool:
    """Tell whether `text` has a definition of the function: its name, its parameters, its body."""
    code = strip_literals(text)
    for match in re.finditer(rf"\b{re.escape(name)}\s*\(", code, re.ASCII):
        if _BODY.match(code, _closing(code, match.end())):
            return True
    return False


def parameters(text: str, function: str) -> tuple[Mention, ...]:
    """Return each parameter of the function that `text` defines, as written; none without a definition."""
    code = strip_literals(text)
    for match in re.finditer(rf"\b{re.escape(function)}\s*\(", code, re.ASCII):
        end = _closing(code, match.end())
        if _BODY.match(code, end):
            return tuple(_split(code, match.end(), end - 1))
    return ()


def probed_symbols(text: str) -> tuple[ProbedSymbol, ...]:
    """Return what initialisers and assignments of `symbol_name` (and, as in 0.1, of `addr`) name.

    Adjacent literals are joined, `_stp_syscall("openat")` is a system call, and `.name` of a
    `struct _stp_tracepoint` a tracepoint.
    What is no literal, such as a parameter of the module, is left out.
    """
    return tuple(_probed(text))


def _probed(text: str) -> Iterator[ProbedSymbol]:
    for match in _INITIALISER.finditer(strip_comments(text)):
        group = "call" if match["wrapper"] else "function"
        kind = "syscall" if match["wrapper"] else "function"
        line, column = _position(text, match.start(group))
        yield ProbedSymbol(kind, "".join(_TEXT.findall(match[group])), line, column)
    yield from _traced(text)


def _traced(text: str) -> Iterator[ProbedSymbol]:
    """Give the tracepoints that initialisers of a `struct _stp_tracepoint` name."""
    code = strip_comments(text)
    for array in _TRACEPOINTS.finditer(code):
        for match in _TRACEPOINT.finditer(code, array.start(), array.end()):
            line, column = _position(text, match.start("name"))
            yield ProbedSymbol("tracepoint", "".join(_TEXT.findall(match["name"])), line, column)


def _split(code: str, start: int, end: int) -> Iterator[Mention]:
    """Give what stands between commas; those in parentheses do not count."""
    depth, begin = 0, start
    for offset in range(start, end + 1):
        depth += (code[offset] == "(") - (code[offset] == ")" and offset < end)
        if offset == end or (code[offset] == "," and not depth):
            words = code[begin:offset]
            if words.strip() not in ("", "void"):
                lead = len(words) - len(words.lstrip())
                yield Mention(" ".join(words.split()), *_position(code, begin + lead))
            begin = offset + 1


def _closing(code: str, start: int) -> int:
    """Return the offset after the parenthesis that closes the one before `start`."""
    depth = 1
    for offset in range(start, len(code)):
        depth += (code[offset] == "(") - (code[offset] == ")")
        if not depth:
            return offset + 1
    return len(code)


def _mention(text: str, match: re.Match[str], group: int) -> Mention:
    return Mention(match[group], *_position(text, match.start(group)))


def _position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a character."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
