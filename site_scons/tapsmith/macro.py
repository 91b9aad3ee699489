"""Config macros: what a fragment lets a probe set, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.document import Report, Scalar
from tapsmith.limits import INT, Limits, MacroValue, read_choices, read_limits, read_range
from tapsmith.reader import Entry, Reader, as_boolean, as_integer
from tapsmith.versions import MalformedError
from tapsmith.words import KIND, LINE


@dataclass(frozen=True)
class Macro:
    """A macro that a fragment, or a probe for itself, defines: `kind` is one of words.KINDS.

    With `load` it is a parameter of the module, and its value the default.
    """

    name: str
    kind: str
    default: MacroValue
    limits: Limits
    help: str
    place: Place
    load: bool = False

    @property
    def constants(self) -> tuple[str, ...]:
        """The names of an enum's choices in C."""
        return tuple(f"{self.name}_{choice.upper()}" for choice in self.limits.choices or ())

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


def read_settings(reader: Reader, key: str) -> tuple[Setting, ...]:
    """Read a table of macros and values."""
    found = []
    for entry in reader.entries(key):
        node, text = entry.node, entry.key.text
        if not isinstance(node, Scalar):
            reader.report.add("macro-type", f"`{text}` must be a single value", node.place)
        elif node.plain and not node.text:
            reader.report.add("macro-type", f"`{text}` has no value", node.place)
        elif entry.name:
            found.append(Setting(entry.name, node, entry.key.place))
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


def read_macros(reader: Reader, key: str) -> tuple[Macro, ...]:
    """Read a manifest's `config`, or a probe's `defines`."""
    return tuple(macro for entry in reader.entries(key) if (macro := _read_macro(entry, reader.report)))


def read_constraints(outer: Reader, key: str) -> tuple[Constraint, ...]:
    """Read a manifest's `constraints`."""
    found = []
    for entry in outer.entries(key):
        reader = entry.reader()
        if not reader:
            message = f"`{entry.key.text}` must be a mapping"
            outer.report.add("wrong-type", message, entry.node.place, "write {range: [1, 8]}")
            continue
        if not reader.fits():
            message = f"`{entry.key.text}` is given neither range nor choices"
            mend = "write {range: [1, 8]} or {choices: [a]}"
            outer.report.add("missing-key", message, entry.node.place, mend)
        limits = Limits(*read_range(reader), read_choices(reader))
        reader.finish()
        if entry.name:
            found.append(Constraint(entry.name, limits, entry.key.place))
    return tuple(found)


def _read_macro(entry: Entry, report: Report) -> Macro | None:
    """Read one macro; None if something is wrong with it."""
    reader = entry.reader()
    if not reader:
        mend = "write {type: int, default: 1}"
        report.add("wrong-type", f"`{entry.key.text}` must be a mapping", entry.node.place, mend)
        return None
    kind = reader.read("type", KIND)
    if not kind:
        reader.scalar("default")
        return None
    return _read_kind(entry, kind, reader)


def _read_kind(entry: Entry, kind: str, reader: Reader) -> Macro | None:
    """Read a macro of a known type."""
    scalar = reader.scalar("default")
    help_text = reader.read("help", LINE) or ""
    limits = read_limits(kind, reader)
    load = _read_load(kind, limits or Limits(), reader)
    reader.finish()
    if not (entry.name and scalar and limits):
        return None
    name = entry.name
    try:
        default = _parse(kind, scalar)
    except MalformedError as error:
        reader.report.add("macro-type", f"the default of {name}: {error}", scalar.place, error.mend)
        return None
    if objection := limits.objection(default):
        message = f"the default of {name}, {scalar.text}, {objection}"
        reader.report.add("macro-out-of-range", message, scalar.place, f"choose {limits}")
    return Macro(name, kind, default, limits, help_text, entry.key.place, load)


def _read_load(kind: str, limits: Limits, reader: Reader) -> bool:
    """Read `load`; a parameter of a module is an int or a bool of C."""
    if not reader.truth("load"):
        return False
    if kind not in ("int", "bool"):
        message = f"a macro of type {kind} cannot be set at load"
        mend = "drop `load`, or make it an int or a bool"
        reader.report.add("macro-not-loadable", message, reader.place_of("load"), mend)
    elif kind == "int" and limits.narrowed(INT) != limits:
        message = f"a macro that is set at load must fit an int of C; this one goes {limits}"
        reader.report.add("macro-not-loadable", message, reader.place_of("load"), f"give it a range {INT}")
    return True


def _parse(kind: str, scalar: Scalar) -> MacroValue:
    if kind == "int":
        return as_integer(scalar)
    if kind == "bool":
        return as_boolean(scalar)
    if kind == "string" and "\0" in scalar.text:
        raise MalformedError("a string of C cannot hold a NUL", "drop it")
    return scalar.text
