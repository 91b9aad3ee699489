"""Capabilities: what a kernel has, found by compiling, and what modules make of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import Project
from origins import World, edit, refused_afresh, write_fragment
from scons_project import ROOT, files, scons
from tapsmith.capabilities import definitions, find
from tapsmith.capability import Capability, asked_by
from tapsmith.cli import main
from tapsmith.diagnostics import Place, TapsmithError
from tapsmith.document import Report
from tapsmith.emission import emit
from tapsmith.facts import Facts
from tapsmith.library import Library
from tapsmith.manifest import load_fragment
from tapsmith.module import compile_object
from tapsmith.packages.registry_write import add_to_registry
from tapsmith.probe import load_probe
from tapsmith.publishing.contents import check_contents
from tapsmith.resolution import resolve

ASKING = """\
capabilities:
  IT:
    includes: [linux/sched.h]
    code: "(void)current->comm;"
"""
C = """\
#ifdef KERNEL_HAS_IT
#define TICK_FOUND "has it"
#else
#define TICK_FOUND "has it not"
#endif
MODULE_INFO(found, TICK_FOUND);
"""


@pytest.fixture
def fresh(facts: Facts, tmp_path: Path) -> Facts:
    """The facts of a kernel of which nothing has been asked."""
    return replace(facts, directory=tmp_path / "facts")


def ask(code: str, *includes: str) -> Capability:
    """Return a question."""
    return Capability("IT", includes, code, "", Place(Path("manifests/a.yaml"), 3, 4))


@pytest.mark.parametrize(
    ("capability", "why"),
    [
        (ask("(void)current->comm;", "linux/sched.h"), ""),
        (ask("int unused; for (;;) { unsigned int x = -1; if (x < 0) break; }"), ""),
        (ask("sleep_well(3);"), "implicit declaration of function"),
        (ask("(void)current->dreams;", "linux/sched.h"), "no member named"),
        (ask("int x;", "linux/dreams.h"), "linux/dreams.h: No such file"),
        (ask("schedule_timeout(0, 1);", "linux/sched.h"), "too many arguments"),
        (ask("static char c; char *p = 3; int *q = &c; (void)p; (void)q;"), "makes pointer from integer"),
        (ask('kallsyms_lookup_name("x");', "linux/kallsyms.h"), "kallsyms_lookup_name is not exported"),
    ],
)
def test_what_compiles_is_there(fresh: Facts, capability: Capability, why: str) -> None:
    """Warnings do not count, mistakes in any C do, and so does what modules may not use."""
    answer = find(fresh, [capability])[capability.digest]
    assert (answer.has, why in answer.why) == (not why, True)


def test_a_kernel_is_asked_once(fresh: Facts) -> None:
    """Another time nothing is compiled; a damaged answer is none."""
    capability = ask("(void)current->comm;", "linux/sched.h")
    first = find(fresh, [capability])
    never = replace(fresh, recipe=replace(fresh.recipe, compile="exit 9"))
    assert find(never, [capability]) == first
    (fresh.directory / "capabilities" / capability.digest).write_text("{", encoding="utf-8")
    assert find(fresh, [capability]) == first


@pytest.mark.parametrize("trouble", ["echo cc1: out of memory >&2; exit 1", "kill $$", "exit 1"])
def test_trouble_of_the_compiler_is_no_answer(fresh: Facts, trouble: str) -> None:
    """A full disk, say, does not make a kernel lack anything; nothing is kept of it."""
    troubled = replace(fresh, recipe=replace(fresh.recipe, compile=trouble))
    with pytest.raises(TapsmithError) as caught:
        find(troubled, [ask("int x;")])
    assert caught.value.codes == ("capability-unclear",)
    assert find(fresh, [ask("int x;")])[ask("int x;").digest].has


def test_a_full_disk_is_no_answer(fresh: Facts) -> None:
    """Also where the compiler says it of a line."""
    full = "echo 'x.c:1:1: fatal error: error writing to x.s: No space left on device' >&2; exit 1"
    with pytest.raises(TapsmithError) as caught:
        find(replace(fresh, recipe=replace(fresh.recipe, compile=full)), [ask("int x;")])
    assert caught.value.codes == ("capability-unclear",)


def test_a_module_is_compiled_for_what_its_kernel_has(project: Project) -> None:
    """The emitted text is the same; a changed question is asked, and its module made anew."""
    made = files()
    made["manifests/tick.yaml"] += ASKING
    made["fragments/tick/tick.c"] += C
    directory = project(made)
    assert scons(directory, "KERNEL=6.1-cloud", "one").status == 0
    (module,) = directory.glob("build/*/one/one.ko")
    assert b"found=has it\0" in module.read_bytes()
    manifest = directory / "manifests/tick.yaml"
    edit(manifest, "comm", "dreams")
    assert scons(directory, "KERNEL=6.1-cloud", "one").status == 0
    assert b"found=has it not\0" in module.read_bytes()
    assert scons(directory, "KERNEL=6.1-cloud", "one").steps == set()


def test_the_emitted_text_hangs_on_no_kernel() -> None:
    """It says what each macro stands for."""
    library = Library.load([ROOT])
    resolution = resolve(load_probe(ROOT / "probes/profile"), library)
    text = emit(resolution)
    assert "/* KERNEL_HAS_HRTIMER_SETUP: defined where this compiles: <linux/hrtimer.h> " in text
    assert "#define KERNEL_HAS_" not in text


def test_no_shipped_fragment_asks_for_a_version() -> None:
    """Where kernels differ, fragments ask what is there."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "fragments").rglob("*.[ch]")]
    assert not [text for text in texts if "LINUX_VERSION_CODE" in text or "KERNEL_VERSION" in text]
    manifests = [path.read_text(encoding="utf-8") for path in (ROOT / "manifests").glob("*.yaml")]
    assert not [text for text in manifests if "\nkernel:" in text and "<" in text.split("\nkernel:")[1][:40]]


def test_the_shipped_capabilities(facts: Facts) -> None:
    """On the kernels of Debian these are known."""
    asked = asked_by(Library.load([ROOT]).fragments.values())
    answers = find(facts, asked)
    found = {capability.name: answers[capability.digest].has for capability in asked}
    assert found == {"ADDR32_FLAG": True, "HRTIMER_SETUP": False, "UNWIND_START": True}


def test_timers_as_newer_kernels_have_them(facts: Facts, tmp_path: Path) -> None:
    """What is compiled there gives hrtimer_setup() its arguments in their order."""
    library = Library.load([ROOT])
    resolution = resolve(load_probe(ROOT / "probes/profile"), library)
    source = tmp_path / "profile.c"
    source.write_text(emit(resolution), encoding="utf-8")
    newer = "hrtimer_setup(t,f,c,m)=({hrtimer_init(t,c,m);(t)->function=(f);})"
    defines = [*definitions(facts, resolution.fragments), "-DKERNEL_HAS_HRTIMER_SETUP", f"-D'{newer}'"]
    assert compile_object(facts, source, include=[], labels={}, defines=defines) == ""


def test_the_command_tells_who_asks_and_what_is_there(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row for each capability, a column for each kernel, and why it is not there."""
    made = files()
    made["manifests/tick.yaml"] += ASKING.replace("comm", "dreams")
    monkeypatch.chdir(project(made))
    assert main(["capabilities", "--kernel", "6.1-cloud,6.12-cloud", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    told = {one["name"]: one for one in said["capabilities"]}
    assert all(shortcut["has"] for kernel in said["kernels"] for shortcut in kernel["shortcuts"])
    assert told["IT"]["fragments"] == ["tick"]
    assert [kernel["has"] for kernel in told["IT"]["kernels"]] == [False, False]
    assert "dreams" in told["IT"]["kernels"][0]["why"]
    assert main(["capabilities", "--kernel", "6.1-cloud"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["IT", "-", "tick"] in [line.split() for line in lines]
    assert lines[-2:] == ["6.1-cloud, precompiled header: yes", "6.1-cloud, description without headers: yes"]


def test_scons_has_the_same_word() -> None:
    """`./sconsw capabilities KERNEL=…` is that command."""
    run = scons(ROOT, "-Q", "capabilities", "KERNEL=6.1-cloud")
    assert run.status == 0
    assert run.output.startswith("capability ")


def test_a_stranger_s_capability_reads_no_files(world: World) -> None:
    """Its C is looked at as that of sources is, before any compiler sees it."""
    evil = '  EVIL:\n    code: |\n      asm(".incbin \\"/etc/hostname\\"");\n'
    more = f"requires: {{deeper: ^1.0}}\ncapabilities:\n{evil}"
    manifest = write_fragment(world.root / "draft", "deep", "1.3.0", more, calls="deeper_value")
    add_to_registry(world.registry, load_fragment(manifest))
    refusal = refused_afresh(world)
    assert refusal.codes == ("file-read",)
    assert ".incbin" in str(refusal)
    report = Report()
    check_contents(load_fragment(manifest), report)
    assert "file-read" in {problem.code for problem in report.problems}
