"""Which of a probe's functions run where nothing may sleep: handlers, and what interrupts call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tapsmith.analysis.ctokens import Unit, arguments, calls
from tapsmith.csource import strip_literals

# Members whose name alone tells, and those that only mean a handler in a structure of this type.
_MEMBERS = ("pre_handler", "post_handler", "entry_handler")
_TYPED = {"handler": "kretprobe", "function": "hrtimer", "entry": "jprobe"}
# Which argument of these is a function that an interrupt calls.
_GIVEN = {
    "_stp_timer_start": 2,
    "_stp_timer_start_on_each_cpu": 2,
    "JPROBE_ENTRY": 0,
    "timer_setup": 1,
    "DEFINE_TIMER": 1,
    "tasklet_setup": 1,
    "tasklet_init": 1,
    "DECLARE_TASKLET": 1,
    "init_irq_work": 1,
    "DEFINE_IRQ_WORK": 1,
    "smp_call_function_single": 1,
    "smp_call_function": 0,
    "on_each_cpu": 0,
    "hrtimer_setup": 1,
}
_VALUE = r"\s*=\s*(?:\([^()]*\)\s*)*&?\s*(?P<name>[A-Za-z_]\w*)\s*[,;}]"
_MEMBER = re.compile(rf"(?:\.|->)\s*(?P<member>{'|'.join(_MEMBERS)}){_VALUE}", re.ASCII)


@dataclass(frozen=True)
class Handler:
    """A function of the probe, and what calls it: `.pre_handler`, `a timer` and so on."""

    name: str
    what: str


def handlers(files: Sequence[Unit]) -> tuple[Handler, ...]:
    """Return the handlers in the order in which they are named, each once."""
    found: dict[str, Handler] = {}
    for unit in files:
        for handler in _named_in(unit):
            found.setdefault(handler.name, handler)
    return tuple(found.values())


def _named_in(unit: Unit) -> Iterator[Handler]:
    for function in unit.functions:
        if function.kind == "tracepoint":
            yield Handler(function.name, "the tracepoint's handler")
    code = strip_literals(unit.text)
    for match in _MEMBER.finditer(code):
        yield Handler(match["name"], f"the `.{match['member']}`")
    for member, structure in _TYPED.items():
        for match in _of_type(code, member, structure):
            yield Handler(match["name"], f"the `.{member}` of a {structure}")
    for tokens in (unit.outside, *(function.body for function in unit.functions)):
        for index, token in calls(tokens):
            given = arguments(tokens, index + 1) if token.text in _GIVEN else []
            position = _GIVEN.get(token.text, 0)
            names = [t.text for t in given[position] if t.is_name] if position < len(given) else []
            if len(names) == 1:
                yield Handler(names[0], f"what {token.text}() was given")


def _of_type(code: str, member: str, structure: str) -> Iterator[re.Match[str]]:
    """Give the values of a member in initialisers and variables of the structure's type."""
    value = re.compile(rf"(?:\.|->)\s*{member}{_VALUE}", re.ASCII)
    for array in re.finditer(
        rf"\bstruct\s+{structure}\s+\w+\s*(?:\[[^\]]*\]\s*)?=\s*\{{[^;]*;", code, re.ASCII
    ):
        yield from value.finditer(code, *array.span())
    for variable in re.finditer(rf"\bstruct\s+{structure}\s*\*?\s*(?P<name>\w+)", code, re.ASCII):
        name = re.escape(variable["name"])
        yield from re.finditer(rf"\b{name}\s*(?:\[[^\]]*\]\s*)?(?:\.|->)\s*{member}{_VALUE}", code, re.ASCII)
