"""What a C file declares: types, constants, variables, parameters; lexically, from its tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tapsmith.analysis.ctokens import Function, Token, Unit, arguments, closing

TAGS = ("struct", "union", "enum")
BEGINNINGS = (";", "{", "}")
"""After these a statement begins."""

# A statement that begins with one of these declares nothing.
_STATEMENTS = frozenset(
    (
        *("return", "goto", "else", "case", "break", "continue", "do", "sizeof"),
        *("if", "while", "for", "switch", "default"),
    )
)


def defined_types(unit: Unit) -> frozenset[str]:
    """Return the types of a file: `struct x` as such, a typedef by its name."""
    tokens, found = unit.outside, set(_types(unit))
    for statement in statements(tokens):
        if statement[0].text == "typedef":
            found.update(declarators(statement, 0))
            # `typedef void (*name)(int)` and `typedef void name(int)`
            opening = next((i for i, token in enumerate(statement) if token.text == "("), 0)
            inner = [token.text for token in statement[opening : opening + 2]] == ["(", "*"]
            named = statement[opening + 2 if inner else opening - 1]
            found.update({named.text} if opening and named.is_name else ())
    return frozenset(found)


def constants(unit: Unit) -> frozenset[str]:
    """Return the constants of a file's enums."""
    tokens, found = unit.outside, set()
    for index, token in enumerate(tokens[:-1]):
        start = index + 1 + tokens[index + 1].is_name
        if token.text == "enum" and start < len(tokens) and tokens[start].text == "{":
            inside = tokens[start : closing(tokens, start)]
            marks = [token.text for token in inside]
            found |= {
                t.text for t, mark in zip(inside[1:], marks, strict=False) if t.is_name and mark in "{,"
            }
    return frozenset(found)


def parameter_names(function: Function) -> tuple[str, ...]:
    """Return the parameters of a function or macro in their order; those without a name left out."""
    parameters = function.parameters
    if function.kind == "macro":
        return tuple(token.text for token in parameters if token.is_name)
    if function.kind == "tracepoint":
        # The first parenthesis holds them: TP_PROTO(bool preempt, ...).
        opening = next((i for i, token in enumerate(parameters) if token.text == "("), None)
        if opening is None:
            return ()
        return _parameter_names(parameters[opening + 1 : closing(parameters, opening)])
    return _parameter_names(parameters)


def locals_of(function: Function) -> frozenset[str]:
    """Return the parameters and local variables of a function; of a macro, its parameters."""
    own = () if function.kind == "macro" else declared(function.body)
    return frozenset((*parameter_names(function), *own))


def declared_by(unit: Unit) -> frozenset[str]:
    """Return what a file declares for all of it: `struct x` as such, the rest by its name."""
    names = {function.name for function in unit.functions}
    return frozenset(names) | frozenset(declared(unit.outside)) | frozenset(_types(unit)) | constants(unit)


def declared(tokens: Sequence[Token]) -> Iterator[str]:
    """Give the names that declarations among the statements of `tokens` declare."""
    begins = True
    skipped = {index for start, end in bodies(tokens) for index in range(start, end)}
    for index, token in enumerate(tokens):
        if index in skipped:
            continue
        in_for = index > 1 and tokens[index - 1].text == "(" and tokens[index - 2].text == "for"
        if begins or in_for:
            yield from declarators(tokens, index)
        begins = token.text in BEGINNINGS


def declarators(tokens: Sequence[Token], index: int) -> Iterator[str]:
    """Give the names that the statement at `index` declares: a type, then names between commas."""
    start = index
    if tokens[start].text in _STATEMENTS:
        return
    while index < len(tokens) and (tokens[index].is_name or tokens[index].text == "*"):
        index += 1
    before = tokens[start:index]
    ends = index < len(tokens) and tokens[index].text in (";", "=", ",", "[", ":")
    if len(before) < 2 or not ends or not before[0].is_name or not before[-1].is_name:
        return
    if before[0].text in TAGS and len(before) == 2:
        return
    yield before[-1].text
    while index < len(tokens) and tokens[index].text not in (";", "}"):
        if tokens[index].text in ("(", "{", "["):
            index = closing(tokens, index)
        elif tokens[index].text == ",":
            while index + 1 < len(tokens) and tokens[index + 1].text == "*":
                index += 1
            if index + 1 < len(tokens) and tokens[index + 1].is_name:
                yield tokens[index + 1].text
        index += 1


def bodies(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Give where the members of each structure begin and end."""
    for index, token in enumerate(tokens):
        if token.text in ("struct", "union"):
            start = index + 1 + (index + 1 < len(tokens) and tokens[index + 1].is_name)
            if start < len(tokens) and tokens[start].text == "{":
                yield start + 1, closing(tokens, start)


def fields(tokens: Sequence[Token], start: int, end: int) -> Iterator[int]:
    """Give the indices of the names of a structure's members, those of pointers to functions included."""
    names = frozenset(declared(tokens[start:end]))
    for index in range(start, end):
        near = [token.text for token in tokens[index - 2 : index + 3]]
        if tokens[index].text in names or [*near[:2], *near[3:]] == ["(", "*", ")", "("]:
            yield index


def statements(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Give the statements outside of functions, each with the mark that ends it."""
    start = index = 0
    while index < len(tokens):
        if tokens[index].text in ("(", "{", "["):
            index = closing(tokens, index)
        elif tokens[index].text == ";":
            yield tokens[start : index + 1]
            start = index + 1
        index += 1


def _parameter_names(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the name in each declaration; that of a pointer to a function stands in parentheses."""
    found = []
    mark = Token("(", -1)
    for part in arguments([mark, *tokens, Token(")", -1)], 0):
        texts = [token.text for token in part]
        opening = texts.index("(") if "(" in texts else -1
        if opening >= 0 and texts[opening + 1 : opening + 2] == ["*"]:
            names = [token.text for token in part[opening:] if token.is_name][:1]
        else:
            end = texts.index("[") if "[" in texts else len(part)
            names = [token.text for token in part[:end] if token.is_name]
        if len(part) > 1:
            found += names[-1:]
    return tuple(found)


def _types(unit: Unit) -> Iterator[str]:
    """Give the structures, unions and enums that a file defines."""
    tokens = unit.outside
    for index, token in enumerate(tokens[:-1]):
        if token.text not in TAGS:
            continue
        start = index + 1
        if tokens[start].is_name and start + 1 < len(tokens):
            start += 1
        if tokens[start].text != "{":
            continue
        if start == index + 2:
            yield f"{token.text} {tokens[index + 1].text}"
        end = closing(tokens, start)
        # `typedef struct { } name;` and `struct x { } name;`
        if end + 1 < len(tokens) and tokens[end + 1].is_name:
            yield tokens[end + 1].text
