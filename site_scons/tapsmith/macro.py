"""Config macros: what a fragment lets a probe set, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.document import Node, Report, Scalar, Table
from tapsmith.reader import Reader, as_boolean, as_integer, matcher
from tapsmith.versions import MalformedError

MacroValue = int | bool | str

KINDS = ("int", "bool", "enum", "string")
# The largest magnitude that a C constant without a suffix holds with either sign.
_GREATEST = 2**63 - 1

macro_name = matcher(r"[A-Z][A-Z0-9_]*", "macro's name", "use capitals, digits and `_`")
choice_name = matcher(r"[a-z][a-z0-9_]*", "name of a choice", "use small letters, digits and `_`")


@dataclass(frozen=True)
class Limits:
    """What a value may be: integers from `low` to `high`, one of `choices`, or anything (None)."""

    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] | None = None

    def objection(self, value: MacroValue) -> str | None:
        """Return why `value` lies outside, as the end of a sentence, or None."""
        if self.choices is not None and value not in self.choices:
            return f"is none of {', '.join(self.choices)}"
        if isinstance(value, int) and not isinstance(value, bool):
            if self.low is not None and value < self.low:
                return f"is below {self.low}"
            if self.high is not None and value > self.high:
                return f"is above {self.high}"
        return None

    def excludes(self, other: Limits) -> bool:
        """Tell whether no value satisfies both."""
        if self.choices is not None and other.choices is not None:
            return not set(self.choices) & set(other.choices)
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return bool(lows and highs) and max(lows) > min(highs)

    def __str__(self) -> str:
        if self.choices is not None:
            return f"one of {', '.join(self.choices)}"
        return f"from {self.low} to {self.high}"


@dataclass(frozen=True)
class Macro:
    """A macro a fragment defines: `kind` is one of KINDS."""

    name: str
    kind: str
    default: MacroValue
    limits: Limits
    help: str
    place: Place

    def parse(self, scalar: Scalar) -> MacroValue:
        """Return the value of this macro's type; MalformedError if the scalar is of another."""
        return _parse(self.kind, scalar)


@dataclass(frozen=True)
class Constraint:
    """A fragment's limits on a macro of a fragment it requires."""

    macro: str
    limits: Limits
    place: Place


@dataclass(frozen=True)
class Setting:
    """A macro and the value written for it, not yet read by the macro's type."""

    macro: str
    value: Scalar
    place: Place


def read_settings(entries: tuple[tuple[Scalar, Node], ...], report: Report) -> tuple[Setting, ...]:
    """Read a table of macros and values."""
    found = []
    for key, node in entries:
        name = report.convert(key, macro_name, "bad-name")
        if not isinstance(node, Scalar):
            report.add("macro-type", f"`{key.text}` must be a single value", node.place)
        elif node.plain and not node.text:
            report.add("macro-type", f"`{key.text}` has no value", node.place)
        elif name:
            found.append(Setting(name, node, key.place))
    return tuple(found)


def read_value(macro: Macro, setting: Setting, report: Report) -> MacroValue | None:
    """Return the setting's value by the macro's type and limits; else report and return None."""
    try:
        value = macro.parse(setting.value)
    except MalformedError as error:
        message = f"{macro.name} is of type {macro.kind}: {error}"
        report.add("macro-type", message, setting.value.place, error.mend)
        return None
    if objection := macro.limits.objection(value):
        message = f"{macro.name} cannot be `{setting.value.text}`: that {objection}"
        hint = did_you_mean(str(value), macro.limits.choices or ()) or f"choose {macro.limits}"
        report.add("macro-out-of-range", message, setting.value.place, hint)
        return None
    return value


def read_macros(entries: tuple[tuple[Scalar, Node], ...], report: Report) -> tuple[Macro, ...]:
    """Read a manifest's `config`."""
    return tuple(macro for key, node in entries if (macro := _read_macro(key, node, report)))


def read_constraints(entries: tuple[tuple[Scalar, Node], ...], report: Report) -> tuple[Constraint, ...]:
    """Read a manifest's `constraints`."""
    found = []
    for key, node in entries:
        name = report.convert(key, macro_name, "bad-name")
        if not isinstance(node, Table):
            report.add("wrong-type", f"`{key.text}` must be a mapping", node.place, "write {range: [1, 8]}")
            continue
        reader = Reader(node, report)
        if not (reader.has("range") or reader.has("choices")):
            message = f"`{key.text}` is given neither range nor choices"
            report.add("missing-key", message, node.place, "write {range: [1, 8]} or {choices: [a]}")
        limits = Limits(*_read_range(reader), _read_choices(reader))
        reader.finish()
        if name:
            found.append(Constraint(name, limits, key.place))
    return tuple(found)


def _read_macro(key: Scalar, node: Node, report: Report) -> Macro | None:
    """Read one macro; None if something is wrong with it."""
    name = report.convert(key, macro_name, "bad-name")
    if not isinstance(node, Table):
        mend = "write {type: int, default: 1}"
        report.add("wrong-type", f"`{key.text}` must be a mapping", node.place, mend)
        return None
    reader = Reader(node, report)
    kind = reader.parsed("type", _kind, "wrong-type", required=True)
    scalar = reader.scalar("default", required=True)
    help_text = reader.line("help") or ""
    limits = _read_limits(kind, reader) if kind else None
    if kind:
        reader.finish()
    if not (name and kind and scalar and limits):
        return None
    try:
        default = _parse(kind, scalar)
    except MalformedError as error:
        report.add("macro-type", f"the default of {name}: {error}", scalar.place, error.mend)
        return None
    if objection := limits.objection(default):
        message = f"the default of {name}, {scalar.text}, {objection}"
        report.add("macro-out-of-range", message, scalar.place, f"choose {limits}")
    return Macro(name, kind, default, limits, help_text, key.place)


def _read_limits(kind: str, reader: Reader) -> Limits | None:
    """Read what limits a macro of this kind; None if that is missing."""
    if kind == "int":
        return Limits(*_read_range(reader))
    if kind == "enum":
        choices = _read_choices(reader, required=True)
        return Limits(choices=choices) if choices else None
    return Limits()


def _read_range(reader: Reader) -> tuple[int, int]:
    """Read `range: [low, high]`; the widest range if it is absent or wrong."""
    widest = (-_GREATEST, _GREATEST)
    if not reader.has("range"):
        reader.node("range")
        return widest
    ends = []
    for scalar in reader.scalars("range", distinct=False):
        try:
            ends.append(as_integer(scalar))
        except MalformedError as error:
            reader.report.add("macro-type", str(error), scalar.place, error.mend)
            return widest
    if len(ends) != 2 or ends[0] > ends[1] or max(map(abs, ends)) > _GREATEST:
        message = "a range is two integers of 64 bits, the lower first"
        reader.report.add("wrong-type", message, reader.place_of("range"), "write for instance [1, 20]")
        return widest
    return (ends[0], ends[1])


def _read_choices(reader: Reader, required: bool = False) -> tuple[str, ...] | None:
    """Read `choices`; None if absent."""
    scalars = reader.scalars("choices", required)
    found = [reader.report.convert(scalar, choice_name, "bad-name") for scalar in scalars]
    return tuple(choice for choice in found if choice) or None


def _kind(text: str) -> str:
    if text in KINDS:
        return text
    hint = did_you_mean(text, KINDS) or f"write one of {', '.join(KINDS)}"
    raise MalformedError(f"`{text}` is no type of a macro", hint)


def _parse(kind: str, scalar: Scalar) -> MacroValue:
    if kind == "int":
        return as_integer(scalar)
    if kind == "bool":
        return as_boolean(scalar)
    if kind == "string" and "\0" in scalar.text:
        raise MalformedError("a string of C cannot hold a NUL", "drop it")
    return scalar.text
