"""What tapsmith builds by itself is what the kernel's own kbuild builds."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import Modules
from scons_project import PROBES_OF_TREE, ROOT, scons
from tapsmith.elf import Section, loaded

SCONSTRUCT = """\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate], PROBE_ROOTS=["{root}"], PROBE_LOCKS=False)
for probe in {probes}:
    env.ProbeModule(f"{root}/probes/{{probe}}")
"""


def agreed(module: Path) -> Mapping[str, Section]:
    """Return what both ways agree in: all that the kernel loads, with relocations, but for two sections.

    The build ID is a hash of the whole file, debug information included, and
    BTF is made of that.  Debug information itself is not loaded.  It differs:
    the precompiled header adds an unused variable, and a `.mod.c` that is not
    compiled has none.  So no byte of what runs, of what modinfo shows, or of
    the versions of symbols may differ.
    """
    parts = loaded(module)
    return {name: part for name, part in parts.items() if name not in (".note.gnu.build-id", ".BTF")}


def build_by_kbuild(directory: Path, kernel: str) -> None:
    """Have kbuild build the sample probes in a project of their own."""
    directory.mkdir(parents=True)
    text = SCONSTRUCT.format(root=ROOT, probes=PROBES_OF_TREE)
    (directory / "SConstruct").write_text(text, encoding="utf-8")
    run = scons(directory, "--kbuild", f"KERNEL={kernel}", "-k", "-j2")
    assert run.status == 0, run.output


@pytest.fixture(scope="module")
def theirs(modules: Modules, tmp_path_factory: pytest.TempPathFactory) -> Modules:
    """The sample probes as kbuild builds them."""
    directory = tmp_path_factory.mktemp("kbuild") / "first"
    build_by_kbuild(directory, modules.target.release)
    return Modules(modules.target, directory)


def test_both_ways_make_the_same_module(modules: Modules, theirs: Modules) -> None:
    """Code, data, modinfo, symbol versions and relocations of each sample probe are kbuild's."""
    for name in PROBES_OF_TREE:
        expected, found = agreed(theirs.path(name)), agreed(modules.path(name))
        assert expected.keys() >= {".init.text", ".modinfo", "__versions", ".gnu.linkonce.this_module"}
        assert expected[".init.text"].relocations
        assert list(found) == list(expected), name
        for part, section in expected.items():
            assert found[part] == section, f"{name}: {part}"


@pytest.mark.matrix
def test_kbuild_makes_the_same_bytes_anywhere(theirs: Modules, tmp_path: Path) -> None:
    """Two builds through kbuild, in different directories, give the same files."""
    again = Modules(theirs.target, tmp_path / "elsewhere" / "second")
    build_by_kbuild(again.directory, theirs.target.release)
    for name in PROBES_OF_TREE:
        assert again.path(name).read_bytes() == theirs.path(name).read_bytes(), name


def test_a_mistake_is_told_by_either_way(modules: Modules, tmp_path: Path) -> None:
    """What does not compile, or uses what is not exported, is told with its place, and no module is left."""
    probe = tmp_path / "probes/broken"
    probe.mkdir(parents=True)
    (probe / "probe.yaml").write_text("name: broken\nsummary: Does not build\n", encoding="utf-8")
    (tmp_path / "SConstruct").write_text(
        "import tapsmith.scons\nenv = Environment(tools=[tapsmith.scons.generate], PROBE_LOCKS=False)\n"
        'env.ProbeModule("probes/broken")\n',
        encoding="utf-8",
    )
    body = "static int probe_begin(void)\n{{\n\treturn {};\n}}\nstatic void probe_end(void) {{ }}\n"
    for text, told in (
        (body.format("unheard_of"), "broken.c:3:9: error: "),
        ("extern int nothing(void);\n" + body.format("nothing()"), "nothing, used by "),
    ):
        (probe / "broken.c").write_text(text, encoding="utf-8")
        for options in ((), ("--kbuild",)):
            run = scons(tmp_path, f"KERNEL={modules.target.release}", *options)
            assert run.status == 2, run.output
            assert told in run.output
            assert not list(tmp_path.rglob("*.ko"))
            shutil.rmtree(tmp_path / "build")
