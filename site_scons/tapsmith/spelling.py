"""Spelling: how text, macros and their values stand in the emitted C.

A macro is a `#define`, and one that is set at load a parameter of the module:

    static int ENTRIES = 1000;	/* probes/p/probe.yaml:5 */
    module_param(ENTRIES, int, 0444);
    MODULE_PARM_DESC(ENTRIES, "Names counted (1 to 100000)");
    #define ENTRIES ({ if (ENTRIES < 1 || ENTRIES > 100000) __builtin_unreachable(); ENTRIES; })

The last line tells the compiler what the load has checked, so that a module
holds nothing for values that cannot be; `range_check` takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tapsmith.capability import Capability
from tapsmith.limits import MacroValue
from tapsmith.values import Value


def c_string(text: str) -> str:
    """Return `text` as a literal of C that holds just its UTF-8 bytes."""
    out = []
    for byte in text.encode("utf-8"):
        char = chr(byte)
        # An octal escape ends after three digits, so what follows cannot join it; `?` could begin a trigraph.
        plain = 0x20 <= byte < 0x7F and char not in '"\\?'
        out.append(char if plain else f"\\{byte:03o}" if char not in '"\\' else f"\\{char}")
    return f'"{"".join(out)}"'


def comment(text: str) -> str:
    """Return `text` so that it neither ends nor begins a comment, on one line."""
    return " ".join(text.replace("*/", "* /").replace("/*", "/ *").split())


def definitions(values: Sequence[Value]) -> str:
    """Return the macros, each with its origin."""
    lines = [line for value in values for line in (_parameter(value) if value.load else _define(value))]
    return "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")


def asked(capabilities: Iterable[Capability]) -> str:
    """Return comments that tell what the macros of capabilities stand for."""
    lines = []
    for capability in capabilities:
        text = " ".join([*(f"<{header}>" for header in capability.includes), capability.code])
        lines.append(f"/* {capability.macro}: defined where this compiles: {comment(text)} */\n")
    return "".join(lines) + ("\n" if lines else "")


def range_check(value: Value) -> list[str]:
    """Return the lines that refuse a load with a parameter out of its limits; a bool has none."""
    if value.kind != "int":
        return []
    low, high = value.limits.low, value.limits.high
    return [
        f"#undef {value.macro}",
        f"\tif ({value.macro} < {low} || {value.macro} > {high}) {{",
        f'\t\tpr_err("{value.macro} is %d, not from {low} to {high}\\n", {value.macro});',
        "\t\treturn -EINVAL;",
        "\t}",
    ]


def _define(value: Value) -> list[str]:
    constants = [f"{value.macro}_{choice.upper()}" for choice in value.limits.choices or ()]
    lines = [f"#define {constant} {number}" for number, constant in enumerate(constants)]
    return [*lines, f"#define {value.macro} {_literal(value)}\t/* {comment(value.origin)} */"]


def _parameter(value: Value) -> list[str]:
    kind, initial = value.kind, _number(value.value)
    told = value.help
    if kind == "bool":
        initial = "true" if value.value else "false"
    else:
        told = f"{told} ({value.limits.low} to {value.limits.high})".strip()
    lines = [
        f"static {kind} {value.macro} = {initial};\t/* {comment(value.origin)} */",
        f"module_param({value.macro}, {kind}, 0444);",
        f"MODULE_PARM_DESC({value.macro}, {c_string(told)});",
    ]
    return [*lines, _assumption(value)] if kind == "int" else lines


def _assumption(value: Value) -> str:
    name, low, high = value.macro, value.limits.low, value.limits.high
    return f"#define {name} ({{ if ({name} < {low} || {name} > {high}) __builtin_unreachable(); {name}; }})"


def _literal(value: Value) -> str:
    if value.kind == "bool":
        return str(int(bool(value.value)))
    if value.kind == "enum":
        return f"{value.macro}_{str(value.value).upper()}"
    return c_string(str(value.value)) if value.kind == "string" else _number(value.value)


def _number(value: MacroValue) -> str:
    return f"({value})" if int(value) < 0 else str(value)
