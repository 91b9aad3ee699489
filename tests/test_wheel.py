"""Somebody else's project, with the installed package and a fragment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from conftest import Project
from scons_project import ROOT, module, scons

FILES = {
    "SConstruct": """\
import tapsmith.scons

print("tapsmith is", tapsmith.scons.__file__)
env = Environment(tools=["default", tapsmith.scons.generate], PROBE_LOCKS=False)
env.ProbeModule("probes/mine")
""",
    "manifests/doubling.yaml": """\
name: doubling
version: 1.2.0
summary: A fragment of this project alone
license: GPL-2.0
sources: [doubling.c]
exports:
  functions: {doubled: any}
""",
    "fragments/doubling/doubling.c": "static long doubled(long value)\n{\n\treturn 2 * value;\n}\n",
    "probes/mine/probe.yaml": """\
name: mine
summary: Counts calls of vfs_read by process
needs: {doubling: ^1.1, maps: "*", kprobes: "*", context: "*"}
""",
    "probes/mine/mine.c": """\
static MAP calls;

static int on_read(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_long(calls, current->pid);
	_stp_map_add_int64(calls, doubled(1));
	return 0;
}

static struct kprobe mine_probes[] = {
	{ .symbol_name = "vfs_read", .pre_handler = on_read },
};

static int probe_begin(void)
{
	calls = _stp_map_new(100, INT64);
	if (!calls)
		return -ENOMEM;
	return _stp_register_kprobes(mine_probes, ARRAY_SIZE(mine_probes));
}

static void probe_end(void)
{
	_stp_map_del(calls);
}
""",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built to a wheel and installed with pip in a directory outside this tree."""
    directory = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", directory / "dist"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    wheel = next((directory / "dist").glob("*.whl"))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-index",
            "--no-deps",
            "--target",
            directory / "site",
            wheel,
        ],
        check=True,
        capture_output=True,
    )
    return directory / "site"


def test_a_project_outside_this_tree(installed: Path, project: Project) -> None:
    """The installed tool builds a probe from a shipped fragment and one of the project's own."""
    directory = project(FILES)
    run = scons(directory, "KERNEL=6.1-cloud", path=installed)
    assert run.status == 0, run.output
    assert f"tapsmith is {installed}/tapsmith/scons/__init__.py" in run.output
    built = module(directory, "mine")
    assert built is not None
    with built.open("rb") as file:
        info = ELFFile(file).get_section_by_name(".modinfo").data()
    assert b"tapsmith_fragment=doubling 1.2.0 sha256:" in info
    assert b"tapsmith_fragment=maps " in info
    assert "is up to date" in scons(directory, "KERNEL=6.1-cloud", path=installed).output


def test_the_wheel_holds_all_shipped_fragments(installed: Path) -> None:
    """What lies in fragments/ and manifests/ travels with the package."""
    share = installed / "tapsmith/share"
    for part in ("fragments", "manifests"):
        ours = {path.relative_to(ROOT) for path in (ROOT / part).rglob("*") if path.is_file()}
        theirs = {path.relative_to(share) for path in (share / part).rglob("*") if path.is_file()}
        assert ours == theirs


def test_the_wheel_holds_the_host_build(installed: Path) -> None:
    """What stands for a kernel in a process travels with the package."""
    shim = Path("site_scons/tapsmith/hostshim")
    ours = {path.relative_to(ROOT / shim) for path in (ROOT / shim).rglob("*") if path.is_file()}
    theirs = {
        path.relative_to(installed / "tapsmith/hostshim") for path in installed.rglob("hostshim/*/**/*.[ch]")
    }
    assert ours == theirs


def test_the_wheel_holds_the_schemas_of_editors(installed: Path, tmp_path: Path) -> None:
    """In a project elsewhere the line for editors names the schema that the package was installed with."""
    program = (
        "from pathlib import Path; from tapsmith.json_schema import schema_line;"
        'print(schema_line("probe", Path("probes/p/probe.yaml"), Path()), end="")'
    )
    line = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    schema = Path(line.removeprefix("# yaml-language-server: $schema=").rstrip("\n"))
    assert schema == installed / "tapsmith/share/schema/probe.json"
    assert schema.read_bytes() == (ROOT / "docs/schema/probe.json").read_bytes()
