"""`tapsmith resolve`: the resolver on a universe in a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from tapsmith.commands.output import print_json
from tapsmith.commands.shared import Subparsers, add_command, add_json
from tapsmith.diagnostics import Place, fail
from tapsmith.document import Scalar
from tapsmith.macro import Setting
from tapsmith.manifest import Requirement
from tapsmith.resolver.encoding import Wish
from tapsmith.resolver.universe_file import UNIVERSE_NAME, load_universe
from tapsmith.versions import MalformedError, Range, Version
from tapsmith.words import MACRO_NAME

_LABEL = "the command line"


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "resolve",
        _run,
        "choose versions from a universe in a JSON or YAML file",
        "tapsmith resolve --universe some.yaml --need 'maps ^1' --need print",
    )
    parser.add_argument("--universe", required=True, type=Path, metavar="FILE", help="what there is")
    parser.add_argument(
        "--need",
        action="append",
        default=[],
        metavar="NEED",
        help="a fragment and a range, such as 'maps ^1'",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="MACRO=VALUE", help="the value of a macro"
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="NAME@VERSION",
        help="a version to keep where that goes",
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    # A build does without the solver; so it is imported only where something is resolved.
    from tapsmith.resolver.search import solve

    universe = load_universe(options.universe)
    needs = tuple(read_need(text) for text in options.need)
    wish = Wish(_LABEL, needs, tuple(_setting(text) for text in options.set))
    answer = solve(wish, universe, dict(_kept(text) for text in options.keep))
    if options.json:
        print_json(
            {
                "picks": {name: str(release.version) for name, release in answer.picks.items()},
                "choices": [vars(choice) for choice in answer.choices],
            }
        )
        return 0
    for release in answer.picks.values():
        print(release)
    for choice in answer.choices:
        print(f"{choice.virtual}: {choice.provider}, {choice.why}")
    return 0


def read_need(text: str) -> Requirement:
    """Return the need that `NAME`, `NAME RANGE` or `NAME@RANGE` spells; TapsmithError: bad-need."""
    name, _, wanted = text.strip().replace("@", " ", 1).partition(" ")
    try:
        place = Place(Path(f"--need {text!r}"))
        return Requirement(UNIVERSE_NAME.parse(name), Range.parse(wanted.strip() or "*"), (), place)
    except MalformedError as error:
        raise fail("bad-need", f"in `{text}`: {error}", mend=error.mend) from None


def _setting(text: str) -> Setting:
    name, equals, value = text.partition("=")
    place = Place(Path(f"--set {text!r}"))
    try:
        if not equals:
            raise MalformedError(f"`{text}` sets nothing", "write MACRO=VALUE")
        return Setting(MACRO_NAME.parse(name), Scalar(value, True, place), place)
    except MalformedError as error:
        raise fail("bad-need", str(error), mend=error.mend) from None


def _kept(text: str) -> tuple[str, Version]:
    name, _, version = text.partition("@")
    try:
        return UNIVERSE_NAME.parse(name), Version.parse(version)
    except MalformedError as error:
        raise fail("bad-need", f"in `{text}`: {error}", mend=error.mend) from None
