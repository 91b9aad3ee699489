"""A small probe, written for a test of `tapsmith check` and checked against the shipped fragments."""

from __future__ import annotations

from pathlib import Path

from scons_project import ROOT
from tapsmith.analysis.probe_check import check_probe
from tapsmith.diagnostics import Problem
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution, resolve

FRAME = "static int probe_begin(void)\n{\n\treturn 0;\n}\n\nstatic void probe_end(void)\n{\n}\n"


def write_probe(directory: Path, yaml: str, code: str) -> Path:
    """Write a probe `p` with the lines `yaml`, and `code` before its two functions."""
    home = directory / "probes/p"
    home.mkdir(parents=True, exist_ok=True)
    (home / "probe.yaml").write_text(f"name: p\nsummary: S\n{yaml}", encoding="utf-8")
    (home / "p.c").write_text(code if "probe_end" in code else code + FRAME, encoding="utf-8")
    return home


def resolved(directory: Path, yaml: str, code: str, *roots: Path) -> tuple[Resolution, Library]:
    """Write and resolve it, with the fragments of `roots` beside the shipped ones."""
    library = Library.load([ROOT, *roots])
    return resolve(load_probe(write_probe(directory, yaml, code)), library), library


def findings(directory: Path, yaml: str, code: str, *roots: Path) -> tuple[Problem, ...]:
    """Return what a check of it finds."""
    return check_probe(*resolved(directory, yaml, code, *roots))


def told(directory: Path, yaml: str, code: str, *roots: Path) -> list[str]:
    """Return each finding as `file:line: severity: message [code]`."""
    return [
        f"{p.place.file.name}:{p.place.line}: {p.severity}: {p.message} [{p.code}]"
        for p in findings(directory, yaml, code, *roots)
        if p.place
    ]
