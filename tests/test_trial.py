"""A module in a guest, from a user's seat: `tapsmith try`, `scons try-NAME`, and what goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from compiler import COMPILER
from conftest import Modules, Project
from scons_project import ROOT, files, module, scons
from tapsmith.diagnostics import TapsmithError
from tapsmith.kernel import Target
from tapsmith.manifest import Source
from tapsmith.probe import Workload
from tapsmith.trial import messages_of, try_module
from tapsmith.workload import guest_files

KERNEL = "6.1-cloud"
SAYING = {
    "probes/one/one.c": """\
static char *word = "none";
module_param(word, charp, 0444);

static int probe_begin(void)
{
	pr_info("begin %s %d\\n", word, tick_hit());
	return 0;
}

static void probe_end(void)
{
	pr_info("end\\n");
}
""",
    "probes/one/probe.yaml": """\
name: one
summary: Says when it begins and ends
needs: {tick: ^1.0}
workload:
  programs: [work.c]
  files: [data.txt]
  run: ./work && cat data.txt
  parameters: {word: "two words"}
""",
    "probes/one/work.c": '#include <stdio.h>\n\nint main(void)\n{\n\treturn puts("working") < 0;\n}\n',
    "probes/one/data.txt": "data\n",
}


def tapsmith(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a project."""
    return subprocess.run(
        [sys.executable, "-c", "import sys; from tapsmith.cli import main; sys.exit(main())", *arguments],
        cwd=directory, env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons")},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
    )  # fmt: skip


def test_try_builds_loads_works_and_prints(project: Project) -> None:
    """`tapsmith try` shows the workload's output and what the module says, as they come."""
    directory = project({**files(), **SAYING})
    run = tapsmith(directory, "try", "one", "--kernel", KERNEL, "--accel", "tcg")
    assert run.returncode == 0, run.stdout
    lines = run.stdout.splitlines()
    assert lines[-4:] == ["one: begin two words 1", "working", "data", "one: end"]
    assert module(directory, "one")


def test_try_takes_another_command(project: Project) -> None:
    """`-c` stands in for the workload; its status is the command's."""
    directory = project({**files(), **SAYING})
    run = tapsmith(directory, "try", "probes/one", "--kernel", KERNEL, "-c", "nproc; exit 3", "--cpus", "2")
    assert run.returncode == 3
    assert "one: begin two words 1\n2\none: end\n" in run.stdout


def test_scons_has_an_alias_for_it(project: Project) -> None:
    """`scons try-NAME` does the same."""
    run = scons(project({**files(), **SAYING}), f"KERNEL={KERNEL}", "try-one")
    assert run.status == 0, run.output
    assert "one: begin two words 1\nworking\ndata\none: end\n" in run.output
    assert run.rebuilt == {"one"}


@pytest.mark.parametrize(("name", "code"), [("ones", "unknown-probe"), ("one", "unknown-kernel")])
def test_try_refuses_what_is_not_there(project: Project, name: str, code: str) -> None:
    """An unknown probe or kernel is one clear message."""
    run = tapsmith(project(files()), "try", name, "--kernel", "5.9-cloud")
    assert run.returncode == 2
    assert f"[{code}]" in run.stdout
    assert "Traceback" not in run.stdout


def test_a_function_that_is_not_there_is_told_by_the_load(modules: Modules) -> None:
    """Where the build could not know, the load names the function and the reason."""
    workload = Workload((), (), "true", (("symbol", "no_such_function"),))
    with pytest.raises(TapsmithError) as caught:
        try_module(modules.path("where_func"), modules.target, workload)
    assert caught.value.codes == ("load-failed",)
    assert "where_func: cannot probe no_such_function: no such function in this kernel" in str(caught.value)


def test_a_parameter_that_is_not_there_is_told(modules: Modules) -> None:
    """The kernel loads a module all the same; a trial does not pass over it."""
    workload = Workload((), (), "true", (("symbol", "vfs_read"), ("symbl", "x")))
    with pytest.raises(TapsmithError) as caught:
        try_module(modules.path("where_func"), modules.target, workload)
    assert caught.value.codes == ("unknown-parameter",)
    assert "unknown parameter 'symbl' ignored" in str(caught.value)
    assert "its parameters are symbol" in str(caught.value)


def test_a_module_that_cannot_be_unloaded_is_told(modules: Modules) -> None:
    """A module that is gone before its end is not taken for one that said nothing."""
    with pytest.raises(TapsmithError) as caught:
        try_module(modules.path("tasklet"), modules.target, None, command="rmmod tasklet")
    assert caught.value.codes == ("unload-failed",)


def test_a_module_of_another_kernel_is_refused(modules: Modules, any_kernel: Target, tmp_path: Path) -> None:
    """The kernel's own reason is shown."""
    path = tmp_path / "tasklet.ko"
    text = modules.path("tasklet").read_bytes()
    path.write_bytes(text.replace(b" mod_unload ", b" mod_onload "))
    with pytest.raises(TapsmithError) as caught:
        try_module(path, modules.target, None)
    assert caught.value.codes == ("load-failed",)
    assert "version magic" in str(caught.value)


def test_a_workload_that_does_not_compile_is_refused(tmp_path: Path) -> None:
    """The compiler's message names the user's file."""
    source = tmp_path / "work.c"
    source.write_text("int main(void) { return x; }\n", encoding="utf-8")
    with pytest.raises(TapsmithError) as caught:
        guest_files(Workload((Source(source, "probes/p/work.c"),), (), "./work", ()), tmp_path, COMPILER)
    assert caught.value.codes == ("workload-failed",)
    assert f"{source}:1:25: error" in str(caught.value)


def test_the_kernel_s_own_lines_are_not_the_module_s() -> None:
    """Lines of taint and signature begin with the module's name, too."""
    log = (
        "one: loading out-of-tree module taints kernel.",
        "one: module verification failed: signature and/or required key missing - tainting kernel",
        "one: begin",
        "one_more: begin",
    )
    assert messages_of("one", log) == ("one: begin",)
