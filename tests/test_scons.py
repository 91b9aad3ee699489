"""The tool in scons: what is built, what is rebuilt, what is refused."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from conftest import Project
from scons_project import files, module, scons

KERNEL = "KERNEL=6.1-cloud"
ALL = {"one", "two", "three"}


@pytest.fixture
def built(project: Project) -> Path:
    """A project that has just been built."""
    directory = project(files())
    run = scons(directory, KERNEL)
    assert run.status == 0, run.output
    assert run.steps == {("MODULE", probe) for probe in ALL}
    return directory


def edit(path: Path, old: str, new: str) -> None:
    """Replace `old`, which must occur, by `new`."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def expect(directory: Path, rebuilt: set[str]) -> None:
    """Build: just `rebuilt` are built again, and after that nothing."""
    run = scons(directory, KERNEL)
    assert run.status == 0, run.output
    assert run.rebuilt == rebuilt
    assert "is up to date" in scons(directory, KERNEL).output


def test_nothing_runs_when_nothing_changed(built: Path) -> None:
    """A second build runs no step, whatever the time stamps say."""
    (built / "probes/one/one.c").touch()
    run = scons(built, KERNEL)
    assert run.steps == set()
    assert "scons: `.' is up to date." in run.output


def test_a_probe_s_source_rebuilds_that_probe(built: Path) -> None:
    """An edit of a probe's C rebuilds its module alone."""
    edit(built / "probes/one/one.c", "> 9", "> 8")
    expect(built, {"one"})


def test_a_fragment_rebuilds_the_modules_that_hold_it(built: Path) -> None:
    """An edit of a fragment rebuilds the modules that reach it, and no other."""
    edit(built / "fragments/tick/tick.c", "return TICK_STEP", "return 1 + TICK_STEP")
    expect(built, {"one", "two"})


def test_a_macro_rebuilds_the_probe_that_sets_it(built: Path) -> None:
    """A macro's value is the matter of one probe."""
    edit(built / "probes/two/probe.yaml", "TICK_STEP: 2", "TICK_STEP: 3")
    expect(built, {"two"})


def test_a_header_of_a_probe_rebuilds_it(built: Path) -> None:
    """A header beside the source is found, and tracked."""
    (built / "probes/one/limit.h").write_text("#define LIMIT 9\n", encoding="utf-8")
    edit(built / "probes/one/one.c", "static int", '#include "limit.h"\nstatic int')
    edit(built / "probes/one/one.c", "> 9", "> LIMIT")
    expect(built, {"one"})
    edit(built / "probes/one/limit.h", "9", "7")
    expect(built, {"one"})


def test_what_is_only_said_about_a_workload_rebuilds_nothing(built: Path) -> None:
    """The workload is not in the module."""
    with (built / "probes/one/probe.yaml").open("a", encoding="utf-8") as file:
        file.write("workload: {run: 'true'}\n")
    assert scons(built, KERNEL).steps == set()


def test_a_new_directory_is_a_new_module(built: Path) -> None:
    """A directory with probe.yaml and C, and nothing else, is built."""
    directory = built / "probes/four"
    directory.mkdir()
    (directory / "probe.yaml").write_text("name: four\nsummary: Does nothing\n", encoding="utf-8")
    (directory / "four.c").write_text(
        "static int probe_begin(void)\n{\n\treturn 0;\n}\n\nstatic void probe_end(void)\n{\n}\n",
        encoding="utf-8",
    )
    expect(built, {"four"})
    assert module(built, "four")


def test_the_table_names_each_module(built: Path) -> None:
    """A build ends in a table: probe, module, sizes, time, fragments."""
    (built / "build").rename(built / "elsewhere")
    lines = scons(built, KERNEL).output.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("probe "))
    assert lines[head].split() == ["probe", "module", "text", "data", "seconds", "fragments"]
    rows = {line.split()[0]: line.split() for line in lines[head + 1 : head + 4]}
    assert set(rows) == ALL
    path = module(built, "one")
    assert path is not None
    size = (
        subprocess.run(["size", path], capture_output=True, text=True, check=True)
        .stdout.splitlines()[1]
        .split()
    )
    assert rows["one"][1:3] == [str(path.relative_to(built)), size[0]]
    assert rows["one"][5:] == ["tick"]


def test_clean_removes_what_was_built(built: Path) -> None:
    """`scons -c` leaves nothing of a probe."""
    assert scons(built, KERNEL, "-c").status == 0
    assert not [path for path in (built / "build").rglob("*") if path.is_file()]


def test_source_that_does_not_compile(built: Path) -> None:
    """The compiler's message points at the user's file and line, and the old module is gone."""
    edit(built / "probes/one/one.c", "return tick_hit()", "return tick_hot()")
    run = scons(built, KERNEL, "-k")
    assert run.status == 2
    assert "probes/one/one.c:3:" in run.output
    assert "\treturn tick_hot() > 9" in run.output
    assert module(built, "one") is None
    assert module(built, "two")


def test_a_name_of_a_fragment_that_is_not_needed(built: Path) -> None:
    """The compiler only does not know it; the mend is the need."""
    source = built / "probes/one/one.c"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("tick_hit()", "tock_hit() + MOST_BOOKS + tick_hit()"), encoding="utf-8")
    run = scons(built, KERNEL)
    assert "implicit declaration of function" in run.output
    assert "  mend: add `tock: ^1.0` to needs in probe.yaml\n" in run.output


def test_a_fragment_that_does_not_compile(built: Path) -> None:
    """A mistake in a fragment is shown in the fragment."""
    edit(built / "fragments/tock/tock.c", "return", "retrun")
    run = scons(built, KERNEL, "-k")
    assert run.status == 2
    assert "fragments/tock/tock.c:3:" in run.output
    assert module(built, "three") is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("tick:", "tock1:", "unknown-fragment"),
        ("TICK_STEP: 2", "TICK_STEP: 10", "macro-out-of-range"),
        ("TICK_STEP: 2", "TICK_STEPS: 2", "unknown-macro"),
        ("summary: Counts", "summary: [Counts", "bad-yaml"),
    ],
)
def test_a_refused_probe_leaves_no_module(built: Path, old: str, new: str, code: str) -> None:
    """A mistake in probe.yaml is told with its place; the module built before is gone, the others stand."""
    edit(built / "probes/one/probe.yaml", old, new)
    run = scons(built, KERNEL, "-k")
    assert run.status == 2
    assert f"[{code}]" in run.output
    assert "probes/one/probe.yaml:" in run.output
    assert "Traceback" not in run.output
    assert module(built, "one") is None
    assert module(built, "two")
    assert f"[{code}]" in scons(built, KERNEL, "one").output


def test_a_symbol_that_the_kernel_does_not_export(built: Path) -> None:
    """An unresolved symbol is reported as the probe's, with the function that uses it."""
    edit(
        built / "probes/one/one.c",
        "static int probe_begin(void)\n{",
        "extern int no_such_symbol(void);\nstatic int probe_begin(void)\n{\n\tno_such_symbol();",
    )
    run = scons(built, KERNEL)
    assert run.status == 2
    assert "no_such_symbol, used by " in run.output
    assert module(built, "one") is None


def test_a_probed_function_that_is_not_there(project: Project) -> None:
    """Where the tree has BTF, a misspelt function is refused at build, with the right spelling."""
    made = files()
    made["probes/one/one.c"] += (
        '\nstatic struct kprobe one_probes[] = {\n\t{ .symbol_name = "do_sys_opanat2" },\n};\n'
    )
    directory = project(made)
    run = scons(directory, "KERNEL=6.12-cloud", "-k")
    assert run.status == 2
    assert "probes/one/one.c:11:" in run.output
    assert "did you mean `do_sys_openat2`?" in run.output
    assert module(directory, "one") is None


def test_a_kernel_tree_without_configuration(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A tree that was never configured is refused before anything is built."""
    tree = tmp_path_factory.mktemp("linux")
    (tree / "Makefile").write_text("", encoding="utf-8")
    directory = project(files())
    run = scons(directory, f"KERNEL={tree}")
    assert run.status == 2
    assert "is not configured" in run.output
    assert not (directory / "build").exists()


def test_several_kernels_at_once(project: Project) -> None:
    """`KERNEL=a,b` builds each probe for each kernel."""
    directory = project(files())
    assert scons(directory, "KERNEL=6.1-cloud,6.12-cloud").status == 0
    assert len(list((directory / "build").glob("*/one/one.ko"))) == 2


def test_probes_of_one_name_are_told_apart(project: Project) -> None:
    """Two directories, each built to one of its own: what changes in one YAML rebuilds that module."""
    made = files()
    made |= {f"more/one/{name}": made[f"probes/one/{name}"] for name in ("probe.yaml", "one.c")}
    made["SConstruct"] = (
        "import tapsmith.scons\n"
        "for top in ('probes', 'more'):\n"
        "    tool = tapsmith.scons.generate\n"
        "    env = Environment(tools=[tool], PROBE_LOCKS=False, PROBE_BUILD_DIR=f'build/{top}')\n"
        "    env.ProbeModule(f'{top}/one')\n"
    )
    directory = project(made)
    assert scons(directory, KERNEL).status == 0
    edit(directory / "probes/one/probe.yaml", "TICK_STEP: 2", "TICK_STEP: 3")
    run = scons(directory, KERNEL)
    assert run.status == 0, run.output
    assert re.findall(r"  MODULE +(build/\w+)/", run.output) == ["build/probes"]
