"""The host build: the same C in a process as in a kernel, with the same output, under sanitizers."""

from __future__ import annotations

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

THREADED = ("test_levels", "test_smp")


def _resolution(directory: Path) -> Resolution:
    return resolve(load_probe(directory), Library.load([directory.parents[1], ROOT, ROOT / "tests"]))


def _runs_here(directory: Path) -> bool:
    try:
        check_host(_resolution(directory))
    except TapsmithError:
        return False
    return True


HERE = {Path(probe).name: Path(probe) for probe in PROBES if _runs_here(Path(probe))}


def _attempt(directory: Path, out: Path, sanitize: tuple[str, ...], *, leaks: bool = True) -> HostRun:
    built = build_host(_resolution(directory), out, sanitize=sanitize)
    assert built.warnings == ""
    return run_host(built.program, leaks=leaks)


@pytest.mark.parametrize("name", HERE)
def test_the_process_says_what_the_kernel_says(name: str, tmp_path: Path) -> None:
    """Under AddressSanitizer and UBSan a probe logs the very lines that it logs in a kernel."""
    expected = (HERE[name] / "expected.txt").read_text(encoding="utf-8")
    run = _attempt(HERE[name], tmp_path, MEMORY, leaks=name not in LEAKING)
    assert run.errors == ""
    assert run.status == 0
    assert differences(expected, run.messages) == []


@pytest.mark.parametrize("name", THREADED)
def test_threads_do_not_race(name: str, tmp_path: Path) -> None:
    """Threads and interrupts of four simulated CPUs share maps without a race that ThreadSanitizer sees."""
    run = _attempt(HERE[name], tmp_path, ("thread",))
    assert run.errors == ""
    assert differences((HERE[name] / "expected.txt").read_text(encoding="utf-8"), run.messages) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_operations_agree_with_the_model(tmp_path: Path, seed: int) -> None:
    """Hundreds of thousands of operations show nothing to the model or a sanitizer."""
    built = build_host(_resolution(HERE["test_fuzz"]), tmp_path, sanitize=MEMORY)
    run = run_host(built.program, {"seed": str(seed), "operations": "200000"})
    assert run.errors == ""
    assert run.messages[-1].endswith(" checks, failed 0")


def test_the_model_notices_a_difference(tmp_path: Path) -> None:
    """Where the maps have done a little that the model has not, the next look at them tells."""
    built = build_host(_resolution(HERE["test_fuzz"]), tmp_path)
    run = run_host(built.program, {"forget": "1000"})
    assert "is another one, operation 10" in run.messages[0]
    assert run.messages[-1].endswith(" checks, failed 1")


def test_all_that_needs_no_kernel_has_a_host_build() -> None:
    """The tests' probes that are written against the API alone run in a process."""
    names = "alloc api01 fuzz levels lists maps overflow print smp stats linear variance "
    names += "map_print map_stats map_strings map_table"
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
    "memory": ("char *a = _stp_alloc(24);\n\ta[at] = 1;\n\t_stp_free(a);", "heap-buffer-overflow"),
    "per-CPU memory": (
        "char *a = _stp_alloc_percpu(24);\n\tper_cpu_ptr(a, 2)[at] = 1;\n\tfree_percpu(a);",
        "use-after-poison",
    ),
    "lost memory": ("*(char *)_stp_alloc(at) = 1;", "detected memory leaks"),
    "freed memory": ("char *a = _stp_valloc(at);\n\t_stp_vfree(a);\n\ta[0] = 1;", "heap-use-after-free"),
    "an index": ("static int a[24];\n\ta[at] = 1;", "out of bounds"),
    "a shift": ("at = 1 << (at + 20);\n\tdlog(\"%d\", at);", "shift exponent"),
}  # fmt: skip
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
BEGIN = "static int at = 24;\n\nstatic int probe_begin(void)\n{{\n\t{body}\n\treturn 0;\n}}\n"
END = "\nstatic void probe_end(void)\n{\n}\n"
YAML = "name: wrong\nsummary: Does something wrong\nneeds: {alloc: ^1.0, log: ^1.0}\n"


def _wrong(project: Project, text: str, sanitize: tuple[str, ...]) -> HostRun:
    root = project({"probes/wrong/probe.yaml": YAML, "probes/wrong/wrong.c": text + END})
    return run_host(build_host(_resolution(root / "probes/wrong"), root / "out", sanitize=sanitize).program)


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_caught(project: Project, what: str) -> None:
    """A probe that touches what is not its own ends there, and the report names its line."""
    body, finding = WRONG[what]
    run = _wrong(project, BEGIN.format(body=body), MEMORY)
    assert run.status == 99, run
    assert finding in run.errors
    assert "probes/wrong/wrong.c:" in run.errors


def test_a_race_is_caught(project: Project) -> None:
    """Two threads that change a variable without a lock are found."""
    run = _wrong(project, RACE, ("thread",))
    assert run.status == 99
    assert "data race" in run.errors


def test_sleeping_in_a_handler_is_caught(project: Project) -> None:
    """As a kernel does, the process ends where something sleeps with preemption off."""
    body = "preempt_disable();\n\tmsleep(at);"
    run = _wrong(project, "#include <linux/delay.h>\n\n" + BEGIN.format(body=body), ())
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


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ((), 0, "wrong: 3 none 0"),
        (("number=0x10", "text=two words", "flag=y"), 0, "wrong: 16 two words 1"),
        (("number=-1",), 1, "the module's init failed: Invalid argument"),
        (("number=4294967296",), 2, "number=4294967296: Numerical result out of range"),
        (("other=1",), 2, "there is no parameter `other`; there are:"),
    ],
)
def test_the_command(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    """`tapsmith host` takes parameters as insmod does, prints the log and returns what came of it."""
    root = project({"probes/wrong/probe.yaml": YAML, "probes/wrong/wrong.c": PARAMETERS + END})
    monkeypatch.chdir(root)
    assert main(["host", "wrong", *given]) == status
    assert said in "".join(capsys.readouterr())
