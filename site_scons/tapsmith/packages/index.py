"""One line of a registry's index: all that resolving needs of a release, and where its archive is, as JSON.

The texts are those of a manifest; of `config` only what the search looks at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tapsmith.diagnostics import Place
from tapsmith.document import Scalar
from tapsmith.limits import Limits
from tapsmith.macro import Constraint, Macro, Setting
from tapsmith.manifest import Fragment, Requirement
from tapsmith.resolver.universe import Release
from tapsmith.versions import MalformedError, Range, Version
from tapsmith.words import FRAGMENT_NAME, KINDS

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_range = cache(Range.parse)


@dataclass(frozen=True)
class RegistryRelease(Release):
    """A release in a registry.

    `archive` is the SHA-256 of its archive, of `size` bytes; `sha256` that of its files.
    """

    registry: str = ""
    archive: str = ""
    size: int = 0
    sha256: str = ""
    summary: str = ""
    exports: tuple[str, ...] = ()


def encode(fragment: Fragment, archive: str, size: int, sha256: str) -> str:
    """Return the line of a fragment, without a newline."""
    line: dict[str, Any] = {"version": str(fragment.version), "summary": fragment.summary}
    line["requires"] = [_requirement(requirement) for requirement in fragment.requires]
    line["provides"] = {n: "default" if n in fragment.default_of else "choice" for n in fragment.provides}
    line["conflicts"] = [_requirement(requirement) for requirement in fragment.conflicts]
    line["kernel"] = str(fragment.kernel) if fragment.kernel else None
    line["kconfig"] = list(fragment.kconfig)
    line["config"] = {macro.name: _macro(macro) for macro in fragment.config}
    line["constraints"] = {c.macro: _limits(c.limits) for c in fragment.constraints}
    line["exports"] = [export.name for export in fragment.exports]
    # What is empty is left out: a registry has many lines.
    kept = {key: value for key, value in line.items() if value}
    kept |= {"archive": archive, "size": size, "sha256": sha256, "yanked": None}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def decode(text: str, name: str, registry: str, place: Place) -> RegistryRelease:
    """Return the release that a line tells of; MalformedError, a sentence, if it tells of none."""
    try:
        line = json.loads(text)
        return _release(line, name, registry, place)
    except MalformedError as error:
        raise MalformedError(f"it is damaged: {error}") from None
    except KeyError as error:
        raise MalformedError(f"it is damaged: {error} is missing") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedError(f"it is damaged ({error})") from None


def _release(line: Mapping[str, Any], name: str, registry: str, place: Place) -> RegistryRelease:
    provides = line.get("provides", {})
    yanked, size = line["yanked"], line["size"]
    if type(size) is not int:
        raise TypeError("`size` is a number")
    return RegistryRelease(
        name=name,
        version=Version.parse(line["version"]),
        requires=_requirements(line.get("requires", ()), place),
        provides=tuple(_name(virtual) for virtual in provides),
        default_of=tuple(virtual for virtual, kind in provides.items() if kind == "default"),
        conflicts=_requirements(line.get("conflicts", ()), place),
        config=tuple(_read_macro(n, kept, place) for n, kept in line.get("config", {}).items()),
        constraints=tuple(
            Constraint(macro, _read_limits(kept), place)
            for macro, kept in line.get("constraints", {}).items()
        ),
        kernel=_range(line["kernel"]) if "kernel" in line else None,
        kconfig=tuple(map(_printable, line.get("kconfig", ()))),
        origin=f"registry {registry}",
        yanked=None if yanked is None else _printable(yanked),
        place=place,
        registry=registry,
        archive=_sha256(line["archive"]),
        size=size,
        sha256=_sha256(line["sha256"]),
        summary=_printable(line.get("summary", "")),
        exports=tuple(map(_printable, line.get("exports", ()))),
    )


def _requirement(requirement: Requirement) -> list[Any]:
    """Return [name, range], or [name, range, {macro: value}] where it has conditions."""
    when = {setting.macro: _value(setting.value) for setting in requirement.when}
    return [requirement.name, str(requirement.range), *([when] if when else [])]


def _requirements(lines: Any, place: Place) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(_name(name), _range(text), _settings(when, place), place) for name, text, *when in lines
    )


def _settings(conditions: Iterable[Mapping[str, Any]], place: Place) -> tuple[Setting, ...]:
    return tuple(
        Setting(macro, _scalar(value, place), place) for when in conditions for macro, value in when.items()
    )


def _value(scalar: Scalar) -> str | int | bool:
    """Return a value as JSON has it, if it reads back as it was written; else its text."""
    if scalar.plain and scalar.text in ("true", "false"):
        return scalar.text == "true"
    if scalar.plain and scalar.text.removeprefix("-").isdecimal() and str(int(scalar.text)) == scalar.text:
        return int(scalar.text)
    return scalar.text


def _scalar(value: str | int | bool, place: Place) -> Scalar:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Scalar(text, True, place)


def _macro(macro: Macro) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": macro.kind, "default": macro.default}
    if macro.limits != Limits():
        kept |= _limits(macro.limits)
    return kept | ({"load": True} if macro.load else {})


def _limits(limits: Limits) -> dict[str, Any]:
    if limits.choices is not None:
        return {"choices": list(limits.choices)}
    return {"range": [limits.low, limits.high]}


def _read_macro(name: str, kept: Mapping[str, Any], place: Place) -> Macro:
    kind, default = kept["type"], kept["default"]
    if kind not in KINDS or type(default) not in (int, bool, str):
        raise TypeError(f"macro {name}")
    return Macro(name, kind, default, _read_limits(kept), "", place, kept.get("load", False))


def _read_limits(kept: Mapping[str, Any]) -> Limits:
    low, high = kept.get("range", (None, None))
    if not (low is None or type(low) is int) or not (high is None or type(high) is int):
        raise TypeError("a range is two numbers")
    return Limits(low, high, tuple(kept["choices"]) if "choices" in kept else None)


def _name(text: str) -> str:
    if not FRAGMENT_NAME.matches(text):
        raise ValueError(f"{text!r} is no name")
    return text


def _printable(text: Any) -> str:
    # A terminal obeys what is not printable, and this is from strangers.
    if not isinstance(text, str) or not text.isprintable():
        raise ValueError("a text that cannot be printed")
    return text


def _sha256(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise ValueError(f"{text!r} is no SHA-256")
    return text
