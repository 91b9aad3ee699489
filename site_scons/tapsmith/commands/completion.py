"""`tapsmith completion`: what a shell needs to complete the command's words, and the names in a project."""

from __future__ import annotations

import argparse
from contextlib import suppress

import shtab

from tapsmith.commands.obtaining import open_sources
from tapsmith.commands.shared import Subparsers, add_command, project_root, roots_of
from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.packages.project import load_project
from tapsmith.probe import PROBE_FILE

_SHELLS = ("bash", "zsh")
_KINDS = ("probes", "fragments", "all")
_ARGUMENTS = {
    "probe": "probes",
    "probes": "probes",
    "fragment": "fragments",
    "fragments": "fragments",
    "names": "all",
}
"""Which names complete an argument, by the argument's own."""

# In bash the very command that is completed is asked, wherever it lies; both ask in the current directory.
_BASH = """\
_tapsmith_names() {
  compgen -W "$("${COMP_WORDS[0]}" completion --list "$1" 2>/dev/null)" -- "$2"
}
""" + "".join(f'_tapsmith_{kind}() {{ _tapsmith_names {kind} "$1"; }}\n' for kind in _KINDS)
_ZSH = "".join(
    f"_tapsmith_{kind}() {{ compadd -- $(tapsmith completion --list {kind} 2>/dev/null) }}\n"
    for kind in _KINDS
)
_PREAMBLES = {"bash": _BASH, "zsh": _ZSH}


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "completion",
        _run,
        "print what lets a shell complete this command's words and the names in a project",
        'eval "$(tapsmith completion bash)"    # in ~/.bashrc; for zsh in ~/.zshrc, after compinit',
    )
    parser.add_argument("shell", nargs="?", choices=_SHELLS, help="the shell to complete in")
    parser.add_argument("--list", choices=_KINDS, help=argparse.SUPPRESS)


def _run(options: argparse.Namespace) -> int:
    if options.list:
        print("\n".join(_listed(options.list)))
        return 0
    if not options.shell:
        raise fail("which-shell", "no shell is named", mend=f"name one of {', '.join(_SHELLS)}")
    _complete_names(options.parser)
    print(shtab.complete(options.parser, options.shell, preamble=_PREAMBLES[options.shell]))
    return 0


def _listed(kind: str) -> list[str]:
    """Return names by their files alone: a shell has no time for reading them, and no use for mistakes."""
    found: set[str] = set()
    if kind != "fragments":
        found.update(file.parent.name for file in (project_root() / "probes").glob(f"*/{PROBE_FILE}"))
    if kind != "probes":
        found.update(file.stem for root in roots_of() for file in (root / "manifests").glob("*.yaml"))
        with suppress(TapsmithError):
            for registry in open_sources().registries_of(load_project(project_root())):
                found.update(registry.names())
    return sorted(found)


def _complete_names(parser: argparse.ArgumentParser) -> None:
    """Tell shtab what completes the arguments of all subcommands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _complete_names(inner)
        elif action.choices:
            continue
        elif not action.option_strings and action.dest in _ARGUMENTS:
            function = f"_tapsmith_{_ARGUMENTS[action.dest]}"
            action.complete = dict.fromkeys(_SHELLS, function)  # type: ignore[attr-defined]
        elif action.metavar in ("FILE", "DIR", "DIRECTORY"):
            found = shtab.FILE if action.metavar == "FILE" else shtab.DIRECTORY
            action.complete = found  # type: ignore[attr-defined]
