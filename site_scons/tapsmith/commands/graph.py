"""`tapsmith graph`: the same as `tree`, for Graphviz."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tapsmith import atomic
from tapsmith.commands.obtaining import find_dependencies
from tapsmith.commands.output import say
from tapsmith.commands.shared import Subparsers, add_command, add_probe
from tapsmith.dependencies import Dependencies, Edge
from tapsmith.diagnostics import fail


def add_to(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = add_command(
        subparsers,
        "graph",
        _run,
        "print what a probe needs as a graph in the language DOT, or draw it",
        "tapsmith graph fileio --svg fileio.svg",
    )
    add_probe(parser, optional=True)
    parser.add_argument("--svg", metavar="FILE", type=Path, help="draw it there, with Graphviz")


def _run(options: argparse.Namespace) -> int:
    text = "\n".join(dot_lines(find_dependencies(options.probe))) + "\n"
    if options.svg is None:
        print(text, end="")
        return 0
    drawing = _drawn(text)
    try:
        atomic.write_text(options.svg, drawing)
    except OSError as error:
        raise fail("cannot-write", f"cannot write {options.svg}: {error.strerror}") from None
    say(f"drew {options.svg}")
    return 0


def dot_lines(found: Dependencies) -> Iterator[str]:
    """Give the lines of the graph; dashed is what hangs on the value of a macro."""
    probe = found.resolution.probe
    yield f"digraph {_quoted(probe.name)} {{"
    yield "\trankdir=LR;"
    yield '\tnode [shape=box, fontname="sans-serif"];'
    yield '\tedge [fontname="sans-serif", fontsize=10];'
    yield f"\t{_quoted(probe.label)} [label={_quoted(probe.name)}, shape=oval];"
    for fragment in found.resolution.fragments:
        yield f"\t{_quoted(fragment.name)} [label={_quoted(fragment.name, str(fragment.version))}];"
    for edge in found.edges:
        yield f"\t{_quoted(edge.by)} -> {_quoted(edge.to)} [{', '.join(_attributes(edge))}];"
    yield "}"


def _attributes(edge: Edge) -> Iterator[str]:
    requirement = edge.requirement
    said = f"{requirement.name} {requirement.range}" if edge.choice else str(requirement.range)
    yield f"label={_quoted(said, *(f'{macro}: {value}' for macro, value in edge.when.items()))}"
    if edge.when:
        yield "style=dashed"


def _quoted(*lines: str) -> str:
    """Return a text of DOT, with lines below each other."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def _drawn(text: str) -> str:
    """Return the SVG of a graph."""
    program = shutil.which("dot")
    if program is None:
        raise fail("missing-tool", "Graphviz' dot, which draws, is not here", mend="apt-get install graphviz")
    done = subprocess.run([program, "-Tsvg"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise fail(
            "tool-failed", f"{program} failed with status {done.returncode}", detail=done.stderr.strip()
        )
    return done.stdout
