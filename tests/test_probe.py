"""probe.yaml: what is read, and what is filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Project
from tapsmith.diagnostics import TapsmithError
from tapsmith.probe import load_probe

FULL = """\
name: fileio
summary: Counts reads of files
license: Dual BSD/GPL
author: Somebody <some@body.example>
needs: {maps: ^1.0, stats: "*"}
config: {HASH_TABLE_BITS: 10, LABEL: no}
defines:
  PROCESSES: {type: int, default: 1000, range: [1, 5000], load: true, help: "Names"}
kernel: ">=6.1"
sources: [fileio.c, more.c]
unchecked: [asm_entry]
workload:
  programs: [work.c]
  files: [data.txt]
  parameters: {symbol: vfs_read}
"""


def _write(project: Project, text: str, *names: str) -> Path:
    files = {f"probes/fileio/{name}": "" for name in names}
    return project(files | {"probes/fileio/probe.yaml": text}) / "probes/fileio"


def test_every_key_of_a_probe_is_read(project: Project) -> None:
    """A full probe.yaml becomes a probe that holds all it says."""
    directory = _write(project, FULL, "fileio.c", "more.c", "work.c", "data.txt")
    probe = load_probe(directory)
    assert (probe.name, probe.summary, probe.license) == ("fileio", "Counts reads of files", "Dual BSD/GPL")
    assert probe.author == "Somebody <some@body.example>"
    assert [(need.name, str(need.range)) for need in probe.needs] == [("maps", "^1.0"), ("stats", "*")]
    assert [(s.macro, s.value.text, s.place.line) for s in probe.config] == [
        ("HASH_TABLE_BITS", "10", 6),
        ("LABEL", "no", 6),
    ]
    assert [(m.name, m.default, str(m.limits), m.load, m.help) for m in probe.defines] == [
        ("PROCESSES", 1000, "from 1 to 5000", True, "Names")
    ]
    assert (str(probe.kernel), probe.unchecked, probe.directory) == (">=6.1", ("asm_entry",), directory)
    assert [source.label for source in probe.sources] == ["probes/fileio/fileio.c", "probes/fileio/more.c"]
    assert probe.workload
    assert [program.label for program in probe.workload.programs] == ["probes/fileio/work.c"]
    assert [file.label for file in probe.workload.files] == ["probes/fileio/data.txt"]
    assert (probe.workload.run, probe.workload.parameters) == ("./work", (("symbol", "vfs_read"),))


def test_what_is_left_out_has_a_default(project: Project) -> None:
    """Name and summary are enough: the license is GPL, the source is named like the probe."""
    probe = load_probe(_write(project, "name: fileio\nsummary: S\n", "fileio.c"))
    assert (probe.license, probe.author, probe.workload) == ("GPL", None, None)
    assert [source.label for source in probe.sources] == ["probes/fileio/fileio.c"]
    assert (probe.needs, probe.config, probe.kernel, probe.unchecked) == ((), (), None, ())


def test_a_probe_can_be_named_from_its_own_directory(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative directory, such as `.`, gives the same labels and absolute sources."""
    directory = _write(project, "name: fileio\nsummary: S\n", "fileio.c")
    monkeypatch.chdir(directory)
    probe = load_probe(Path("."))
    assert (probe.label, probe.directory) == ("probes/fileio", directory)
    assert probe.sources[0].path == directory / "fileio.c"


@pytest.mark.parametrize("length", [55, 56])
def test_a_name_fits_a_module_of_the_kernel(project: Project, length: int) -> None:
    """55 characters are taken, one more is refused: the kernel keeps 56 bytes with the NUL."""
    name = "p" * length
    files = {f"probes/{name}/{name}.c": "", f"probes/{name}/probe.yaml": f"name: {name}\nsummary: S\n"}
    directory = project(files) / "probes" / name
    if length == 55:
        assert load_probe(directory).name == name
    else:
        with pytest.raises(TapsmithError, match="at most 55"):
            load_probe(directory)
