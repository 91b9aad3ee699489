"""`tapsmith capabilities`: what kernels have of what fragments ask for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from tapsmith.capabilities import Answer, find
from tapsmith.capability import Capability, asked_by
from tapsmith.commands.columns import columns
from tapsmith.commands.output import paint, print_json, say
from tapsmith.commands.shared import Subparsers, add_command, add_json, load_library
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import find_target, kernels_here
from tapsmith.kernelcache import cache_dir, told_name
from tapsmith.library import Library
from tapsmith.parallel import each
from tapsmith.selection import select

Found = Sequence[tuple[Facts, Mapping[str, Answer]]]


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "capabilities",
        _run,
        "tell which kernels have what fragments ask for; it is found by compiling, once for each kernel",
        "tapsmith capabilities --kernel '6.1*,6.12-rt'",
    )
    parser.add_argument(
        "--kernel",
        metavar="KERNELS",
        help="as scons has KERNEL=: with commas, patterns, `all` (default: one)",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    library = load_library()
    asked = asked_by(library.fragments.values())
    names = [name.strip() for name in options.kernel.split(",")] if options.kernel else []
    kernels = select(names, kernels_here(cache_dir())) if names else [None]

    def answers(name: str | None) -> tuple[Facts, Mapping[str, Answer]]:
        facts = load_facts(find_target(name, progress=say), cache_dir(), progress=say)
        return facts, find(facts, asked)

    found = each(answers, kernels)
    if options.json:
        trees = [{"release": facts.target.release, "shortcuts": _shortcuts(facts)} for facts, _ in found]
        told = [_json(capability, found, library) for capability in asked]
        print_json({"capabilities": told, "kernels": trees})
        return 0
    if asked:
        _print(asked, found, library)
    else:
        print("no fragment here asks for a capability")
    print()
    for facts, _ in found:
        for name, why in facts.shortcuts().items():
            print(f"{told_name(facts.target.release)}, {name}: {why or 'yes'}")
    return 0


def _shortcuts(facts: Facts) -> list[dict[str, object]]:
    return [{"name": name, "has": not why, "why": why or None} for name, why in facts.shortcuts().items()]


def _print(asked: Sequence[Capability], found: Found, library: Library) -> None:
    head = ("capability", *(told_name(facts.target.release) for facts, _ in found), "fragments")
    rows = [head]
    for capability in asked:
        words = ("yes" if answers[capability.digest].has else "-" for _, answers in found)
        rows.append((capability.name, *words, " ".join(_askers(capability, library))))
    lines = columns(rows)
    print(paint(lines[0], "bold", sys.stdout))
    print("\n".join(lines[1:]))
    for capability in asked:
        print(f"\n{capability.macro}: {capability.help}")
        reasons = {a.why for _, answers in found if not (a := answers[capability.digest]).has}
        for why in sorted(reasons):
            print(f"  -: {why}")


def _json(capability: Capability, found: Found, library: Library) -> dict[str, object]:
    return {
        "name": capability.name,
        "macro": capability.macro,
        "help": capability.help,
        "fragments": list(_askers(capability, library)),
        "kernels": [
            {
                "release": facts.target.release,
                "has": answers[capability.digest].has,
                "why": answers[capability.digest].why or None,
            }
            for facts, answers in found
        ],
    }


def _askers(capability: Capability, library: Library) -> Sequence[str]:
    """Return the names of the fragments that ask for just this."""
    wanted = (capability.name, capability.digest)
    return sorted(
        fragment.name
        for fragment in library.fragments.values()
        if wanted in ((other.name, other.digest) for other in fragment.capabilities)
    )
