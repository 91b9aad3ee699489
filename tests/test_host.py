"""The host build: the same C in a process as in a kernel, with the same output, under sanitizers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import PROBES, Project
from expected import differences
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.host import HostRun, build_host, check_host, run_host
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution, resolve

MEMORY = ("address", "undefined")
LEAKING = ("test_alloc",)
"""Those that lose memory by intention, and say so."""

THREADED = ("test_levels", "test_percpu", "test_readers", "test_smp")


def _resolution(directory: Path) -> Resolution:
    return resolve(load_probe(directory), Library.load([directory.parents[1], ROOT, ROOT / "tests"]))


def has_host_build(resolution: Resolution) -> bool:
    """Tell whether the shim has all headers; other mistakes are raised."""
    try:
        check_host(resolution)
    except TapsmithError as error:
        if set(error.codes) != {"no-host-build"}:
            raise
        return False
    return True


HERE = {Path(probe).name: Path(probe) for probe in PROBES if has_host_build(_resolution(Path(probe)))}


def _attempt(directory: Path, out: Path, sanitize: tuple[str, ...], *, leaks: bool = True) -> HostRun:
    built = build_host(_resolution(directory), out, sanitize=sanitize)
    assert built.warnings == ""
    return run_host(built.program, leaks=leaks)


@pytest.mark.parametrize("name", HERE)
def test_the_process_says_what_the_kernel_says(name: str, tmp_path: Path) -> None:
    """Under AddressSanitizer and UBSan a probe logs the very lines that it logs in a kernel."""
    run = _attempt(HERE[name], tmp_path, MEMORY, leaks=name not in LEAKING)
    assert run.errors == ""
    assert run.status == 0
    assert differences(HERE[name], run.messages) == ""


@pytest.mark.parametrize("name", THREADED)
def test_threads_do_not_race(name: str, tmp_path: Path) -> None:
    """Threads and interrupts of four simulated CPUs share maps without a race that ThreadSanitizer sees."""
    run = _attempt(HERE[name], tmp_path, ("thread",))
    assert run.errors == ""
    assert differences(HERE[name], run.messages) == ""


def test_random_operations_agree_with_the_model(tmp_path: Path) -> None:
    """Hundreds of thousands of operations show nothing to the model or a sanitizer."""
    built = build_host(_resolution(HERE["test_fuzz"]), tmp_path, sanitize=MEMORY)
    for seed in "123":
        run = run_host(built.program, {"seed": seed, "operations": "200000"})
        assert run.errors == ""
        assert run.messages[-1].endswith(" checks, failed 0")


def test_the_model_notices_a_difference(tmp_path: Path) -> None:
    """Where the maps have done a little that the model has not, the next look at them tells."""
    built = build_host(_resolution(HERE["test_fuzz"]), tmp_path)
    run = run_host(built.program, {"forget": "1000"})
    assert re.search(r" is another one, operation 1\d\d\d, seed 1$", run.messages[0])
    assert run.messages[-1].endswith(" checks, failed 1")


@pytest.mark.parametrize("name", ["test_api01", "test_levels"])
def test_every_allocation_may_fail(name: str, tmp_path: Path) -> None:
    """Whichever allocation fails, the load fails, says which size, and gives back all the others."""
    program = build_host(_resolution(HERE[name]), tmp_path, sanitize=MEMORY).program
    for number in range(1, 1000):
        run = run_host(program, fail_allocation=number)
        if not run.status:
            break
        assert run.errors == "host: the module's init failed: Cannot allocate memory\n"
        assert re.search(r": no memory for \d+ bytes", run.messages[0])
    assert number > 10
    assert run.errors == ""


def test_all_that_needs_no_kernel_has_a_host_build() -> None:
    """The tests' probes that are written against the API alone run in a process."""
    names = "alloc api01 fuzz levels lists maps overflow print smp stats linear variance "
    names += "map_print map_stats map_strings map_table percpu readers"
    assert {f"test_{name}" for name in names.split()} <= HERE.keys()


def test_a_probe_of_the_kernel_is_refused() -> None:
    """What attaches to a kernel has no host build, and the refusal says where and what to do."""
    with pytest.raises(TapsmithError) as caught:
        check_host(_resolution(ROOT / "probes/fileio"))
    assert set(caught.value.codes) == {"no-host-build"}
    text = str(caught.value)
    assert "fragments/kprobes/symbol.c" in text
    assert "`kprobes` has no host build: only a kernel has <linux/kprobes.h>" in text
    assert "tapsmith try" in text


WRONG = {
    "heap-buffer-overflow": "char *a = _stp_alloc(24);\n\ta[at] = 1;\n\t_stp_free(a);",
    "use-after-poison": "char *a = _stp_alloc_percpu(24);\n\tper_cpu_ptr(a, 2)[at] = 1;\n\tfree_percpu(a);",
    "detected memory leaks": "*(volatile char *)_stp_alloc(at) = 1;",
    "heap-use-after-free": "char *a = _stp_valloc(at);\n\t_stp_vfree(a);\n\ta[0] = 1;",
    "out of bounds": "static int a[24];\n\ta[at] = 1;",
    "shift exponent": 'at = 1 << (at + 20);\n\tdlog("%d", at);',
}
"""What a sanitizer says of it: lines of C; `at` is 24."""

RACE = """\
#include <linux/kthread.h>

static int at;

static int count(void *unused)
{
	at++;
	return 0;
}

static int probe_begin(void)
{
	struct task_struct *task = kthread_create(count, NULL, "other");

	kthread_bind(task, 1);
	wake_up_process(task);
	at++;
	return kthread_stop(task);
}
"""
SWITCH = """\
static int at = 24;
static int what;
module_param(what, int, 0444);

static int probe_begin(void)
{{
	switch (what) {{
{cases}	}}
	return 0;
}}
"""
SLEEP = """\
#include <linux/delay.h>

static int probe_begin(void)
{
	preempt_disable();
	msleep(1);
	return 0;
}
"""
END = "\nstatic void probe_end(void)\n{\n}\n"
YAML = "name: wrong\nsummary: Does something wrong\nneeds: {alloc: ^1.0, log: ^1.0}\n"


def _build(project: Project, text: str, sanitize: tuple[str, ...] = ()) -> Path:
    root = project({"probes/wrong/probe.yaml": YAML, "probes/wrong/wrong.c": text + END})
    return build_host(_resolution(root / "probes/wrong"), root / "out", sanitize=sanitize).program


def test_mistakes_are_caught(project: Project) -> None:
    """A probe that touches what is not its own ends there, and the report names its file; else it runs."""
    cases = [f"\tcase {number}: {{\n\t{body}\n\tbreak; }}\n" for number, body in enumerate(WRONG.values())]
    program = _build(project, SWITCH.format(cases="".join(cases)), MEMORY)
    assert run_host(program, {"what": "-1"}) == HostRun(0, (), (), "")
    for number, finding in enumerate(WRONG):
        run = run_host(program, {"what": str(number)})
        assert run.status == 99, run
        assert finding in run.errors
        assert "probes/wrong/wrong.c:" in run.errors


def test_a_race_is_caught(project: Project) -> None:
    """Two threads that change a variable without a lock are found."""
    run = run_host(_build(project, RACE, ("thread",)))
    assert run.status == 99
    assert "data race" in run.errors


def test_sleeping_in_a_handler_is_caught(project: Project) -> None:
    """As a kernel does, the process ends where something sleeps with preemption off."""
    run = run_host(_build(project, SLEEP))
    assert run.status < 0
    assert "sleeping with preemption or interrupts off" in run.errors


PARAMETERS = """\
static int number = 3;
module_param(number, int, 0444);
static char *text = "none";
module_param(text, charp, 0444);
static bool flag;
module_param(flag, bool, 0444);

static int probe_begin(void)
{
	dlog("%d %s %d", number, text, flag);
	return number < 0 ? -EINVAL : 0;
}
"""


SAID = {
    (): (0, "wrong: 3 none 0"),
    ("number=0x10", "text=two words", "flag=y"): (0, "wrong: 16 two words 1"),
    ("number=-1",): (1, "the module's init failed: Invalid argument"),
    ("number=4294967296",): (2, "number=4294967296: Numerical result out of range"),
    ("other=1",): (2, "there is no parameter `other`; there are:"),
}


def test_parameters_are_as_insmod_has_them(project: Project) -> None:
    """Numbers are checked, texts may have spaces, and what does not exist is an error."""
    program = _build(project, PARAMETERS)
    for given, (status, said) in SAID.items():
        run = run_host(program, dict(parameter.split("=") for parameter in given))
        assert (run.status, said in "".join(run.log) + run.errors) == (status, True), run


def test_the_command(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`tapsmith host` finds a probe by its name, prints the log and returns what came of it."""
    _build(project, PARAMETERS)
    monkeypatch.chdir(project({}))
    assert main(["host", "wrong", "text=two words"]) == 0
    assert capsys.readouterr().out == "wrong: 3 two words 0\n"
    assert main(["host", "wrong", "number=-1"]) == 1
    assert "the module's init failed: Invalid argument" in capsys.readouterr().err
