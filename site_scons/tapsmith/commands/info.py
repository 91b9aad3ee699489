"""`tapsmith info`: all that is known of a fragment."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from tapsmith.analysis.signatures import Offer, offers
from tapsmith.commands.obtaining import known_releases, obtain_probe
from tapsmith.commands.output import paint, print_json
from tapsmith.commands.shared import (
    Subparsers,
    add_command,
    add_json,
    known_probes,
    load_library,
    no_fragment,
    origin_of,
    shown,
    shown_place,
)
from tapsmith.commands.sizes import sizes
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.library import Library
from tapsmith.limits import WIDEST
from tapsmith.macro import Macro
from tapsmith.manifest import Fragment, Requirement
from tapsmith.network import Network
from tapsmith.packages.layers import Layers
from tapsmith.packages.listings import newest
from tapsmith.probe import load_probe

_WIDTH = 100
_INDENT = " " * 14


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "info",
        _run,
        "tell all about a fragment: exports with their signatures and contexts, macros, sizes",
        "tapsmith info maps",
    )
    parser.add_argument("fragment", metavar="FRAGMENT", help="a fragment, or a virtual name")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    library = load_library()
    universe = known_releases(library=library)
    found = _found(options.fragment, library, universe)
    if found is None:
        raise _refused(universe, options.fragment)
    facts = _facts(*found, library, universe)
    if options.json:
        print_json(facts)
    else:
        print("\n".join(_lines(facts)))
    return 0


def _found(name: str, library: Library, universe: Layers) -> tuple[Fragment, str] | None:
    """Return a fragment and its origin: the tree, else a registry (the newest there), else a need here."""
    if name in library.fragments:
        return library.fragments[name], origin_of(library.fragments[name])
    releases = universe.releases(name)
    if releases:
        release = newest(releases)
        return universe.fragment(release), release.origin
    for directory in known_probes():
        probe = load_probe(directory)
        if name in {need.name for need in probe.needs}:
            obtained = obtain_probe(probe, library, network=Network.OPEN)
            return obtained.library.fragments[name], obtained.origins.get(name, "tree")
    return None


def _refused(universe: Layers, name: str) -> TapsmithError:
    providers = universe.providers(name)
    if providers:
        mend = f"tapsmith info {providers[0]}"
        by = ", ".join(f"`{provider}`" for provider in providers)
        return fail("virtual-name", f"`{name}` is a virtual name, provided by {by}", mend=mend)
    return no_fragment(name, universe.names())


def _facts(fragment: Fragment, origin: str, library: Library, universe: Layers) -> dict[str, Any]:
    """Return what `--json` prints."""
    releases = universe.releases(fragment.name)
    required_by = [f.name for f in library.fragments.values() if fragment.name in _names(f.requires)]
    return {
        "name": fragment.name,
        "version": str(fragment.version),
        "versions": [str(release.version) for release in releases] or [str(fragment.version)],
        "yanked": {str(r.version): r.yanked for r in releases if r.yanked is not None},
        "summary": fragment.summary,
        "license": fragment.license,
        "origin": origin,
        "manifest": shown_place(fragment.place).rpartition(":")[0],
        "sources": [shown(source.path) for source in fragment.sources],
        "requires": [_requirement(requirement) for requirement in fragment.requires],
        "required_by": sorted(required_by),
        "provides": list(fragment.provides),
        "conflicts": [_requirement(conflict) for conflict in fragment.conflicts],
        "kernel": str(fragment.kernel) if fragment.kernel else None,
        "kconfig": list(fragment.kconfig),
        "hooks": {hook: name for hook, name in vars(fragment.hooks).items() if name},
        "exports": [_export(offer) for offer in offers(fragment)],
        "macros": [_macro(macro) for macro in fragment.config],
        "sizes": [vars(size) | {"module": shown(size.module)} for size in sizes(fragment.name, library)],
    }


def _names(requirements: tuple[Requirement, ...]) -> frozenset[str]:
    return frozenset(requirement.name for requirement in requirements)


def _requirement(requirement: Requirement) -> dict[str, Any]:
    when = {setting.macro: setting.value.text for setting in requirement.when}
    return {"name": requirement.name, "range": str(requirement.range), "when": when}


def _export(offer: Offer) -> dict[str, Any]:
    export = offer.export
    return {
        "name": export.name,
        "kind": export.kind,
        "context": export.context,
        "signature": offer.signature,
        "summary": offer.summary or None,
    }


def _macro(macro: Macro) -> dict[str, Any]:
    is_bounded = macro.kind == "int" and macro.limits != WIDEST
    return {
        "name": macro.name,
        "type": macro.kind,
        "default": macro.default,
        "range": [macro.limits.low, macro.limits.high] if is_bounded else None,
        "choices": list(macro.limits.choices) if macro.limits.choices else None,
        "load": macro.load,
        "help": macro.help,
    }


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"{paint(facts['name'], 'bold')} {facts['version']} ({facts['origin']}): {facts['summary']}"
    yield from _row("license", facts["license"])
    yield from _row("manifest", facts["manifest"])
    if len(facts["versions"]) > 1:
        yield from _row("versions", ", ".join(facts["versions"]))
    for version, reason in facts["yanked"].items():
        yield from _row("yanked", f"{version}: {reason or 'no reason is given'}")
    yield from _row("requires", ", ".join(map(_spelled, facts["requires"])))
    yield from _row("required by", ", ".join(facts["required_by"]))
    yield from _row("provides", ", ".join(facts["provides"]))
    yield from _row("conflicts", ", ".join(map(_spelled, facts["conflicts"])))
    yield from _row("kernel", facts["kernel"] or "")
    yield from _row("kconfig", ", ".join(facts["kconfig"]))
    yield from _row("hooks", ", ".join(f"{hook} {name}" for hook, name in facts["hooks"].items()))
    for size in facts["sizes"]:
        yield from _row("size", f"{size['code']} bytes of code, {size['data']} of data in {size['module']}")
    if not facts["sizes"]:
        yield from _row("size", "not measured: build a probe that needs it")
    for kind in ("function", "macro", "type"):
        yield from _section(kind, [export for export in facts["exports"] if export["kind"] == kind])
    if facts["macros"]:
        yield f"\n{paint('set by a probe, under config:', 'bold')}"
    for macro in facts["macros"]:
        yield f"  {macro['name']}: {_limits(macro)}"
        yield from _wrapped(macro["help"])


def _section(kind: str, exports: list[dict[str, Any]]) -> Iterator[str]:
    if exports:
        yield f"\n{paint(f'{kind}s:', 'bold')}"
    for export in exports:
        context = paint(f"  [{export['context']}]", "cyan") if export["context"] else ""
        yield f"  {export['signature']}{context}"
        yield from _wrapped(export["summary"] or "")


def _limits(macro: Mapping[str, Any]) -> str:
    default = str(macro["default"]).lower() if macro["type"] == "bool" else macro["default"]
    parts = [macro["type"], f"default {default}"]
    if macro["range"]:
        parts.append("from {} to {}".format(*macro["range"]))
    if macro["choices"]:
        parts.append(f"one of {', '.join(macro['choices'])}")
    return ", ".join([*parts, *(["set at load"] if macro["load"] else [])])


def _spelled(requirement: Mapping[str, Any]) -> str:
    when = ", ".join(f"{macro}: {value}" for macro, value in requirement["when"].items())
    return f"{requirement['name']} {requirement['range']}" + (f" when {when}" if when else "")


def _row(label: str, text: str) -> Iterator[str]:
    if text:
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent=f"  {label:12}", subsequent_indent=_INDENT, break_on_hyphens=False
        )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
