"""What strangers wrote: texts stay texts, C reads no files, and an index steers no terminal."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from compiler import COMPILER
from conftest import Project
from origins import World, commit, edit, obtained, refused_afresh, write_fragment
from scons_project import scons
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.emission import emit
from tapsmith.kernel import Target
from tapsmith.library import Library
from tapsmith.manifest import load_fragment
from tapsmith.packages import obtaining
from tapsmith.packages.registry_write import add_to_registry
from tapsmith.probe import load_probe
from tapsmith.resolution import resolve

EVIL = [
    '"); int evil; MODULE_INFO(a, "',
    "*/ int evil; /*",
    "*\u00a0/ int evil; /\u00a0*",
    "??/",
    "??/\n int evil; //",
    "end\\",
    'x\\"; int evil; //',
    "a\nint evil;\n",
    "a\r int evil;",
    "a\x85int evil;\u2028int evil;",
    "%s%n {evil} $(touch evil) `touch evil`",
    "#define evil",
    "**//**/ int evil;",
]
STUBS = """\
#define MODULE_PARM_DESC(name, text) static const char desc_##name[] = text
#define MODULE_DESCRIPTION(text) static const char description[] = text
#define MODULE_AUTHOR(text) static const char author[] = text
#define MODULE_LICENSE(text)
#define MODULE_INFO(tag, text)
#define module_param(name, kind, mode)
#define module_init(f) int (*begins)(void) = f;
#define module_exit(f) void (*ends)(void) = f;
#define bool _Bool
#define true 1
#define pr_err(...)
#define EINVAL 22
#define __init
#define __exit
"""
PROBE_C = """\
static int probe_begin(void)
{
	return 0;
}

static void probe_end(void)
{
}
"""


def quoted(text: str) -> str:
    """Return a text as YAML's double quotes have it."""
    return json.dumps(text)


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("trigraphs", [True, False])
def test_texts_of_documents_stay_texts(project: Project, text: str, trigraphs: bool) -> None:
    """Whatever a summary, an author, a help or a string holds, the compiler sees no declaration of it."""
    evil = quoted(text)
    manifest = (
        f"name: bad\nversion: 1.0.0\nsummary: {evil}\nlicense: GPL-2.0\nsources: [bad.c]\nconfig:\n"
        f"  BAD_TEXT: {{type: string, default: {evil}, help: {evil}}}\n"
        f"  BAD_SIZE: {{type: int, default: 1, range: [1, 2], help: {evil}, load: true}}\n"
        f"  BAD_FLAG: {{type: bool, default: true, help: {evil}, load: true}}\n"
    )
    probe = f"name: p\nsummary: {evil}\nauthor: {evil}\nneeds: {{bad: '*'}}\nconfig: {{BAD_TEXT: {evil}}}\n"
    files = {
        "manifests/bad.yaml": manifest,
        "fragments/bad/bad.c": (
            "static const char *bad = BAD_TEXT;\nstatic int b(void) { return BAD_SIZE + BAD_FLAG; }\n"
        ),
        "probes/p/probe.yaml": probe,
        "probes/p/p.c": PROBE_C,
    }
    root = project(files)
    made = emit(resolve(load_probe(root / "probes/p"), Library.load([root])))
    lines = [line for line in made.splitlines(keepends=True) if not line.startswith("#include")]
    source = root / "made.c"
    source.write_text(STUBS + "".join(lines), encoding="utf-8")
    standard = "-std=c11" if trigraphs else "-std=gnu11"
    command = [COMPILER, standard, "-fgnu89-inline", "-w", "-E", "-P", str(source)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "evil" not in without_strings(run.stdout)
    command = [COMPILER, standard, "-w", "-fsyntax-only", str(source)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def without_strings(code: str) -> str:
    """Return preprocessed C with its strings left out."""
    found, inside, escaped = [], False, False
    for char in code:
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        else:
            found.append(char)
    return "".join(found)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("config: {'A 1\\nint evil;': {type: int, default: 1}}", "bad-name"),
        ('config: {"A\\n": {type: int, default: 1}}', "bad-name"),
        ("config: {A: {type: int, default: '1; int evil'}}", "macro-type"),
        ("config: {A: {type: int, default: 1, range: [0, '2) int evil']}}", "macro-type"),
        ("config: {A: {type: bool, default: 'true; int evil'}}", "macro-type"),
        ("config: {A: {type: enum, default: a, choices: [a, 'b 1\\nint evil;']}}", "bad-name"),
        ("config: {A: {type: enum, default: 'a*/', choices: [a, b]}}", "macro-out-of-range"),
        ('config: {A: {type: "int evil; int", default: 1}}', "wrong-type"),
        (f"config: {{A: {{type: int, default: {'9' * 5000}}}}}", "macro-type"),
        ('hooks: {init: "a(); int evil"}', "bad-name"),
        ('handlers: {"a; int evil": none}', "bad-name"),
        ('handlers: {a: "none; int evil"}', "bad-name"),
        ('exports: {types: ["int evil; struct a"]}', "bad-name"),
        ('license: "GPL\\"); int evil;"', "bad-name"),
        ("sources: [/etc/passwd]", "source-outside"),
        ("sources: [../../etc/passwd]", "source-outside"),
        ("sources: [a/../../b.c]", "source-outside"),
        ("sources: [link.c]", "source-outside"),
        ("sources: [far/passwd]", "source-outside"),
    ],
)
def test_what_becomes_code_is_bound_to_its_form(project: Project, line: str, code: str) -> None:
    """Names, numbers and choices are what they are called; sources lie in the fragment's directory."""
    lines = {"name": "bad", "version": "1.0.0", "summary": "x", "license": "GPL-2.0", "sources": "[bad.c]"}
    key, _, value = line.partition(": ")
    text = "".join(f"{k}: {v}\n" for k, v in {**lines, key: value}.items())
    root = project({"manifests/bad.yaml": text, "fragments/bad/bad.c": "int a;\n"})
    (root / "fragments/bad/link.c").symlink_to("/etc/passwd")
    (root / "fragments/bad/far").symlink_to("/etc")
    with pytest.raises(TapsmithError) as caught:
        load_fragment(root / "manifests/bad.yaml")
    assert code in caught.value.codes


@pytest.mark.parametrize("origin", ["registry", "git"])
@pytest.mark.parametrize("code", ["#include </etc/hostname>\n", 'asm(".incbin \\"/etc/hostname\\"");\n'])
def test_strangers_c_reads_no_files(
    world: World, origin: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Afresh, so that no lock is made; and by a lock that was made where nobody looked."""
    monkeypatch.setattr(obtaining, "check_reads", lambda fragments: None)
    draft = world.root / "draft"
    if origin == "git":
        source = world.root / "far/fragments/far/far.c"
        source.write_text(code + source.read_text(encoding="utf-8"), encoding="utf-8")
        commit(world.root / "far", "v1")
    else:
        manifest = write_fragment(draft, "deep", "1.3.0", "requires: {deeper: ^1.0}\n", calls="deeper_value")
        edit(draft / "fragments/deep/deep.c", "static int deep", f"{code}static int deep")
        add_to_registry(world.registry, load_fragment(manifest))
    assert main(["lock"]) == 0
    monkeypatch.undo()
    monkeypatch.chdir(world.app)
    with pytest.raises(TapsmithError) as caught:
        obtained(world)
    assert caught.value.codes == ("file-read",)
    world.lock.unlink()
    assert refused_afresh(world).codes == ("file-read",)


@pytest.mark.parametrize(
    "change",
    [
        ('"summary":"', '"summary":"\\u001b]0;evil\\u0007'),
        ('"yanked":null', '"yanked":"\\u001b[2J"'),
        ('"exports":["', '"exports":["\\u001b[2J'),
        ('"exports":["', '"exports":[1,"'),
    ],
)
def test_an_index_does_not_steer_a_terminal(
    world: World, change: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What people are going to see of an index can be printed, or the line is damaged."""
    edit(world.registry / "index/de/ep/deeper", *change)
    assert main(["info", "deeper"]) == 2
    said = capsys.readouterr()
    assert "[bad-index]" in said.err
    assert "\x1b" not in said.err + said.out


def test_a_checkout_of_the_user_s_own_is_not_looked_at(world: World) -> None:
    """A path of the user's own may read what it likes: it is a checkout."""
    edit(Path(world.root / "beside/fragments/near/near.c"), "static", '#include "/dev/null"\nstatic')
    assert "near" in {f.name for f in obtained(world, frozen=False).resolution.fragments}


def test_the_hash_is_checked_again_at_the_build(world: World, any_kernel: Target) -> None:
    """What changes in the cache after a probe was resolved gets into no module."""
    assert main(["lock"]) == 0
    spoil = (
        "import pathlib\n"
        f"for path in pathlib.Path({str(world.root / 'cache/fragments')!r}).rglob('deep.c'):\n"
        "    path.write_text(path.read_text() + 'int evil;\\n')\n"
    )
    sconstruct = world.app / "SConstruct"
    sconstruct.write_text(sconstruct.read_text(encoding="utf-8") + spoil, encoding="utf-8")
    run = scons(world.app, f"KERNEL={any_kernel.tree}", "--frozen")
    assert run.status == 2
    assert "the files of `deep` 1.1.0 changed while it was being built [content-changed]" in run.output
    assert not list(world.app.glob("build/*/mine/mine.c"))
