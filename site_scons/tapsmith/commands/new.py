"""`tapsmith new`: the files of a probe or fragment that builds at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from tapsmith import atomic
from tapsmith.commands.output import print_json
from tapsmith.commands.shared import (
    PROJECT_FILE,
    Subparsers,
    add_command,
    add_json,
    load_library,
    newest_range,
)
from tapsmith.diagnostics import Place, fail
from tapsmith.json_schema import schema_line
from tapsmith.library import Library
from tapsmith.probe import PROBE_FILE
from tapsmith.resolver.universe import universe_of
from tapsmith.scaffold import PROBE_NEEDS, fragment_files, near_name, probe_files
from tapsmith.versions import MalformedError
from tapsmith.words import FRAGMENT_NAME, PROBE_NAME


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    new = add_command(
        subparsers,
        "new",
        _run,
        "make a probe or a fragment that builds at once",
        "tapsmith new probe opens",
    )
    new.add_argument("kind", choices=("probe", "fragment"), help="what to make")
    new.add_argument("name", metavar="NAME", help="small letters, digits and _")
    add_json(new)


def _run(options: argparse.Namespace) -> int:
    if not Path(PROJECT_FILE).is_file():
        mend = f"go to the directory of your project, or write an {PROJECT_FILE} as the README shows"
        raise fail("no-project", f"there is no {PROJECT_FILE} here", mend=mend)
    library = load_library()
    if options.kind == "probe":
        name = _checked(options.name, PROBE_NAME.parse)
        universe = universe_of(library.fragments)
        ranges = {need: newest_range(universe, need) for need in PROBE_NEEDS}
        line = schema_line("probe", Path("probes") / name / PROBE_FILE, Path())
        files = probe_files(name, ranges, line)
    else:
        name = _new_fragment(options.name, library)
        files = fragment_files(name, schema_line("manifest", Path(f"manifests/{name}.yaml"), Path()))
    _write(files, options.kind, name)
    steps = _probe_steps(name) if options.kind == "probe" else _fragment_steps(name)
    if options.json:
        print_json({"kind": options.kind, "name": name, "files": list(files), "next": steps})
        return 0
    print(f"made {', '.join(files)}")
    print("\n".join(steps))
    return 0


def _write(files: Mapping[str, str], kind: str, name: str) -> None:
    """Write all files or none; what is there already is refused."""
    for path in (*files, str(Path(next(iter(files))).parent)):
        if Path(path).exists() or Path(path).is_symlink():
            raise fail("exists", f"{path} is there already", Place(Path(path)), "choose another name")
    try:
        atomic.write_new(Path(), files)
    except OSError as error:
        message = f"cannot make {kind} `{name}`: {error.filename}: {error.strerror}"
        raise fail(
            "cannot-write", message, mend="see who may write there, and whether the disk is full"
        ) from None


def _probe_steps(name: str) -> list[str]:
    """Return the lines that tell what to do next."""
    scons = _scons()
    text = Path(PROJECT_FILE).read_text(encoding="utf-8", errors="replace")
    # Where SConstruct lists its probes one by one, it has to be told of this one.
    listed = "Glob(" in text or f"probes/{name}" in text
    first = "" if listed else f'add env.ProbeModule("probes/{name}") to {PROJECT_FILE}, then: '
    return [
        f"next: {first}{scons} {name} builds it, tapsmith try {name} runs it in a throw-away guest",
        f"also: tapsmith test {name} compares what it says with probes/{name}/expected.txt",
        f"then: change probes/{name}/{name}.c; tapsmith search WORDS finds fragments, tapsmith add takes one",
    ]


def _fragment_steps(name: str) -> list[str]:
    return [
        f"next: tapsmith add {name} PROBE lets a probe call {name}_note() and {name}_noted()",
        f"then: change fragments/{name}/{name}.c, and list in manifests/{name}.yaml what it exports",
    ]


def _scons() -> str:
    return "./sconsw" if Path("sconsw").is_file() else "scons"


def _checked(name: str, parse: Callable[[str], str]) -> str:
    try:
        return parse(name)
    except MalformedError as error:
        near = near_name(name, parse)
        raise fail("bad-name", str(error), mend=f"write `{near}`" if near else error.mend) from None


def _new_fragment(text: str, library: Library) -> str:
    """Return the name of a fragment that nothing has yet."""
    name = _checked(text, FRAGMENT_NAME.parse)
    if name in library.names():
        fragment = library.fragments.get(name)
        what = f"fragment `{name}`" if fragment else f"a virtual name `{name}`"
        place = fragment.place if fragment else None
        raise fail("duplicate-fragment", f"there is {what} already", place, "choose another name")
    macro = f"{name.upper()}_NOTE_WEIGHT"
    if macro in library.macros():
        owner = library.macros()[macro][0]
        message = f"fragment `{owner.name}` has a macro {macro} already"
        raise fail("duplicate-macro", message, owner.place, "choose another name")
    return name
