"""The table of codes holds what the code raises, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scons_project import ROOT
from tapsmith.codes import CODES, SECTIONS

PACKAGE = ROOT / "site_scons/tapsmith"
Function = ast.FunctionDef | ast.ClassDef


def trees() -> dict[Path, ast.Module]:
    """Return the package's modules."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def position_of_code(node: Function) -> int | None:
    """Return which argument of a function or dataclass is a problem's code, not counting `self`."""
    if isinstance(node, ast.ClassDef):
        fields = [ast.unparse(part.target) for part in node.body if isinstance(part, ast.AnnAssign)]
    else:
        fields = [argument.arg for argument in node.args.args if argument.arg != "self"]
    # What has `code` alone means the text of a program by it.
    of_a_problem = {"message", "mend", "parse", "words"} & set(fields)
    return fields.index("code") if "code" in fields and of_a_problem else None


def takers(modules: dict[Path, ast.Module]) -> dict[str, int]:
    """Return the functions and dataclasses that take a code, and where."""
    found = {}
    for module in modules.values():
        for node in ast.walk(module):
            if isinstance(node, Function) and (position := position_of_code(node)) is not None:
                found[node.name] = position
    return found


def code_arguments(module: ast.Module, positions: dict[str, int]) -> Iterator[ast.expr]:
    """Return the expressions that are given as codes, and the defaults of parameters and fields `code`."""
    for node in ast.walk(module):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node).startswith("code: str"):
            yield from [node.value] if node.value else []
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["code"]:
            yield from (
                [node.value] if isinstance(node.value, ast.Constant | ast.IfExp | ast.JoinedStr) else []
            )
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")
            # Sets and the search's clauses have an `add`, too.
            is_other = name == "add" and not ast.unparse(node.func).endswith("report.add")
            if name in positions and not is_other and len(node.args) > positions[name]:
                yield node.args[positions[name]]


def spelled(expression: ast.expr) -> set[str]:
    """Return the codes that an expression may be; one that is handed on has been seen elsewhere."""
    if isinstance(expression, ast.IfExp):
        return spelled(expression.body) | spelled(expression.orelse)
    if isinstance(expression, ast.Constant):
        return {str(expression.value)} - {""}
    assert ast.unparse(expression).split(".")[-1] == "code", f"no literal code: {ast.unparse(expression)}"
    return set()


def used() -> set[str]:
    """Return every code that the package spells."""
    modules = trees()
    positions = takers(modules)
    assert {"fail", "Problem", "add", "convert"} <= positions.keys()
    return {
        code
        for module in modules.values()
        for expression in code_arguments(module, positions)
        for code in spelled(expression)
    }


def test_every_code_that_is_raised_is_in_the_table() -> None:
    """What a problem's code means can be looked up, whatever the code is."""
    assert used() - CODES.keys() == set()


def test_every_code_of_the_table_is_raised() -> None:
    """The table explains no code that no problem has."""
    assert CODES.keys() - used() == set()


def test_no_code_is_explained_twice() -> None:
    """Each code stands in one section, and says both what it means and what to do."""
    assert sum(len(section) for section in SECTIONS.values()) == len(CODES)
    assert all(code.meaning and code.mend for code in CODES.values())


def test_the_cases_expect_codes_of_the_table() -> None:
    """The codes of the refusals under tests/cases are explained."""
    texts = [
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/cases").glob("*/expected.txt"))
    ]
    heads = {
        line.split()[0] for text in texts for line in text.splitlines() if line and not line.startswith(" ")
    }
    assert heads
    assert heads - CODES.keys() == set()
