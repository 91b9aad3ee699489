"""Values: what each macro comes to, and where that was written.

Only a probe sets values: those of fragments' macros under `config`, those of
its own as defaults under `defines`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from tapsmith.diagnostics import did_you_mean
from tapsmith.document import Report
from tapsmith.library import Library
from tapsmith.limits import Limits, MacroValue
from tapsmith.macro import Macro, Setting, read_value
from tapsmith.manifest import Fragment
from tapsmith.probe import PROBE_FILE, Probe


@dataclass(frozen=True)
class Value:
    """The value of one macro, and where it comes from; holds no path of this machine.

    `owner` is a fragment's name, or the probe's label.  `limits` are the macro's own and those of
    all fragments together.  With `load` the value is the default of a parameter.
    """

    macro: str
    kind: str
    limits: Limits
    value: MacroValue
    owner: str
    origin: str
    load: bool
    help: str


def settle(probe: Probe, library: Library, report: Report) -> dict[str, MacroValue]:
    """Return the value of every macro there is: the probe's, else the default."""
    macros = library.macros()
    own = {macro.name: macro for macro in probe.defines}
    values = {name: macro.default for name, (_, macro) in macros.items()}
    for setting in probe.config:
        if setting.macro in own:
            _refuse_own(probe, own[setting.macro], setting, report)
            continue
        if setting.macro not in macros:
            message = f"no fragment has a macro {setting.macro}"
            report.add("unknown-macro", message, setting.place, did_you_mean(setting.macro, macros))
            continue
        value = read_value(macros[setting.macro][1], setting, report)
        if value is not None:
            values[setting.macro] = value
    return values


def check_settings(probe: Probe, library: Library, chosen: Collection[str], report: Report) -> None:
    """Report settings of macros whose fragment is not part of the probe."""
    macros = library.macros()
    own = {macro.name for macro in probe.defines}
    for setting in probe.config:
        if setting.macro in macros and setting.macro not in own:
            owner = macros[setting.macro][0].name
            if owner not in chosen:
                message = (
                    f"macro {setting.macro} belongs to fragment `{owner}`, which the probe does not need"
                )
                mend = f"add `{owner}` to `needs`, or drop the value"
                report.add("unknown-macro", message, setting.place, mend)


def list_values(
    probe: Probe, fragments: Sequence[Fragment], values: Mapping[str, MacroValue]
) -> tuple[Value, ...]:
    """Return the values of the chosen fragments' macros, then of the probe's own, with their origins."""
    settings = {setting.macro: setting for setting in probe.config}
    found = []
    for fragment in fragments:
        for macro in fragment.config:
            origin = f"default, {fragment.label}:{macro.place.line}"
            if macro.name in settings:
                origin = f"{probe.label}/{PROBE_FILE}:{settings[macro.name].place.line}"
            limits = _limits(macro, fragments)
            found.append(_value(macro, limits, values[macro.name], fragment.name, origin))
    for macro in probe.defines:
        origin = f"{probe.label}/{PROBE_FILE}:{macro.place.line}"
        found.append(_value(macro, macro.limits, macro.default, probe.label, origin))
    return tuple(found)


def _value(macro: Macro, limits: Limits, value: MacroValue, owner: str, origin: str) -> Value:
    return Value(macro.name, macro.kind, limits, value, owner, origin, macro.load, macro.help)


def _limits(macro: Macro, fragments: Sequence[Fragment]) -> Limits:
    """Return the macro's limits, narrowed by every constraint on it."""
    held = (c.limits for fragment in fragments for c in fragment.constraints if c.macro == macro.name)
    return reduce(Limits.narrowed, held, macro.limits)


def _refuse_own(probe: Probe, macro: Macro, setting: Setting, report: Report) -> None:
    message = f"{macro.name} is the probe's own macro, `config` is for those of fragments"
    mend = f"change its default at {probe.label}/{PROBE_FILE}:{macro.place.line}"
    report.add("own-macro-set", message, setting.place, mend)
