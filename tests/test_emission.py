"""Emission: the text of a module."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from compiler import COMPILER
from conftest import Project
from tapsmith.emission import emit, headers
from tapsmith.library import Library
from tapsmith.packages.content import fragment_digest
from tapsmith.probe import load_probe
from tapsmith.prologue import HEADERS
from tapsmith.resolution import Resolution, resolve
from tapsmith.spelling import c_string

ENTRIES = "static int probe_begin(void)\n{\n\treturn 0;\n}\n\nstatic void probe_end(void)\n{\n}\n"


def _fragment(name: str, extra: str = "", hooks: str = "", text: str = "") -> dict[str, str]:
    """Return the files of a fragment that has the named hooks."""
    manifest = f"name: {name}\nversion: 1.0.0\nsummary: Fragment {name}\nlicense: GPL-2.0\n"
    manifest += f"sources: [{name}.c]\n{extra}"
    for hook in hooks.split():
        manifest += ("hooks:\n" if "hooks" not in manifest else "") + f"  {hook}: {name}_{hook}\n"
        body = "return 0;" if hook == "init" else ""
        text += f"static {'int' if hook == 'init' else 'void'} {name}_{hook}(void)\n{{ {body} }}\n"
    return {f"manifests/{name}.yaml": manifest, f"fragments/{name}/{name}.c": text}


def _resolve(root: Path, probe: str = "", text: str | None = ENTRIES) -> Resolution:
    directory = root / "probes" / "p"
    directory.mkdir(parents=True, exist_ok=True)
    if text is not None:
        (directory / "p.c").write_text(text, encoding="utf-8")
    (directory / "probe.yaml").write_text(f"name: p\nsummary: A probe\n{probe}", encoding="utf-8")
    return resolve(load_probe(directory), Library.load([root]))


def _function(text: str, name: str) -> list[str]:
    """Return the lines of a generated function's body, without indentation and empty ones."""
    body = re.search(rf"\b{name}\(void\)\n{{\n(.*?)\n}}\n", text, re.DOTALL)
    assert body
    return [line.strip() for line in body[1].splitlines() if line.strip()]


def test_lines_are_those_of_the_files_people_wrote(project: Project) -> None:
    """Followed as a compiler does, #line gives every line of each source, and the true lines of the rest."""
    root = project(_fragment("a", text="int a1;\n\nint a3;") | _fragment("b", text="int b1; \\\n"))
    text = emit(_resolve(root, "needs: {a: ^1.0, b: ^1.0}\n"))
    file, line, seen = "p.c", 1, {}
    for number, content in enumerate(text.splitlines(), 1):
        directive = re.fullmatch(r'#line (\d+) "(.*)"', content)
        if directive:
            file, line = directive[2], int(directive[1])
            continue
        if file == "p.c":
            assert line == number
        seen[content] = (file, line)
        line += 1
    assert seen["int a3;"] == ("fragments/a/a.c", 3)
    assert seen["int b1; \\"] == ("fragments/b/b.c", 1)
    assert seen["static void probe_end(void)"] == ("probes/p/p.c", 6)
    assert seen["module_init(tapsmith_init);"][0] == "p.c"


@pytest.mark.parametrize("ending", ["", "\n", " \\", " \\\n"])
def test_a_source_may_end_as_it_likes(project: Project, ending: str) -> None:
    """Without a final newline, or with one that a backslash takes away, what follows still begins a line."""
    root = project(_fragment("maps", text="struct last;" + ending))
    text = emit(_resolve(root, "needs: {maps: ^1.0}\n", text=ENTRIES + "#define LAST" + ending))
    assert _compile(text, root) == ""


def test_the_banner_tells_what_is_inside(project: Project) -> None:
    """Probe and fragments are named, these with version and summary."""
    text = emit(_resolve(project(_fragment("maps")), "needs: {maps: ^1.0}\n"))
    assert text.startswith("// SPDX-License-Identifier: GPL-2.0\n/*\n * p: A probe\n")
    assert " * - maps 1.0.0: Fragment maps\n */\n" in text


def test_equal_inputs_give_equal_bytes_without_paths(project: Project, tmp_path: Path) -> None:
    """The text does not change with the directory, and names none of this machine."""
    files = _fragment("maps", hooks="init exit")
    here = emit(_resolve(project(files), "needs: {maps: ^1.0}\n"))
    shutil.copytree(tmp_path, tmp_path / "copy")
    there = emit(_resolve(tmp_path / "copy", "needs: {maps: ^1.0}\n"))
    assert here == there
    assert str(tmp_path) not in here


def test_hooks_run_in_order_of_dependence(project: Project) -> None:
    """init, begun and report go with the dependencies, stop and exit against them; failure is undone."""
    every = "init begun stop report exit"
    root = project(_fragment("low", hooks=every) | _fragment("high", "requires: {low: ^1.0}\n", every))
    text = emit(_resolve(root, "needs: {high: ^1.0}\n"))
    assert _function(text, "tapsmith_init") == [
        "int err;",
        "err = low_init();",
        "if (err)",
        "return err;",
        "err = high_init();",
        "if (err)",
        "goto exit_low;",
        "err = probe_begin();",
        "if (err)",
        "goto stop;",
        "low_begun();",
        "high_begun();",
        "return 0;",
        "stop:",
        "tapsmith_stop();",
        "high_exit();",
        "exit_low:",
        "low_exit();",
        "return err;",
    ]
    assert _function(text, "tapsmith_stop") == ["high_stop();", "low_stop();"]
    assert _function(text, "tapsmith_exit") == [
        "tapsmith_stop();",
        "probe_end();",
        "low_report();",
        "high_report();",
        "high_exit();",
        "low_exit();",
    ]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("", ""),
        ("init", "exit"),
        ("exit", "init"),
        ("stop", ""),
        ("init exit", "stop"),
        ("init", "init report"),
        ("begun", "stop begun exit"),
        ("init exit", "init exit"),
    ],
)
def test_any_set_of_hooks_compiles_without_a_warning(project: Project, low: str, high: str) -> None:
    """No label is without use, no variable unset, whichever hooks there are."""
    root = project(
        _fragment("low", hooks=low, text="static void unused(void) { }\n")
        | _fragment("high", "requires: {low: ^1.0}\n", high)
    )
    assert _compile(emit(_resolve(root, "needs: {high: ^1.0}\n")), root) == ""


def test_a_function_unused_in_the_probe_is_warned_of(project: Project) -> None:
    """Fragments may offer more than is used; what the probe itself does not use is likely a mistake."""
    root = project({})
    messages = _compile(emit(_resolve(root, text=ENTRIES + "static void idle(void) { }\n")), root)
    assert re.search(r"probes/p/p.c:9:13: warning: .idle. defined but not used", messages)


def test_macros_are_spelled_for_c(project: Project) -> None:
    """Each type has its spelling, and each value a comment of its origin."""
    macros = """config:
  BITS: {type: int, default: -5}
  WRAP: {type: bool, default: true}
  MODE: {type: enum, default: replace, choices: [refuse, replace]}
  LABEL: {type: string, default: "a\\"b\\\\ */ ??/ é\\n"}
"""
    text = emit(_resolve(project(_fragment("maps", macros)), "needs: {maps: ^1.0}\nconfig:\n  WRAP: false\n"))
    assert "#define BITS (-5)\t/* default, manifests/maps.yaml:7 */\n" in text
    assert "#define WRAP 0\t/* probes/p/probe.yaml:5 */\n" in text
    assert "#define MODE_REFUSE 0\n#define MODE_REPLACE 1\n#define MODE MODE_REPLACE\t" in text
    assert '#define LABEL "a\\"b\\\\ */ \\077\\077/ \\303\\251\\012"\t' in text


def test_a_fragment_may_stop_the_module(project: Project) -> None:
    """tapsmith_stop is there for who calls it, also where there is nothing to stop, else only if needed."""
    calls = {"text": "static inline void give_up(void) { tapsmith_stop(); }\n"}
    text = emit(_resolve(root := project(_fragment("maps", **calls)), "needs: {maps: ^1.0}\n"))
    assert _compile(text, root) == ""
    assert "static void tapsmith_stop(void)\n{\n}\n" in text
    assert "tapsmith_stop" not in emit(_resolve(project(_fragment("maps")), "needs: {maps: ^1.0}\n"))


LOADED = """config:
  ROOM: {type: int, default: 8, range: [-2147483648, 20], load: true, help: "Room, in \\"words\\""}
  WRAP: {type: bool, default: false, load: true, help: Whether}
  IDLE: {type: int, default: 8, range: [1, 20], load: true}
"""


def test_a_macro_set_at_load_is_a_parameter(project: Project) -> None:
    """The value of probe.yaml is the default; what is below or above the limits fails the load."""
    files = _fragment("maps", LOADED, text="static long _room(void) { return WRAP ? 1 : ROOM; }\n")
    narrow = _fragment("few", "requires: {maps: ^1.0}\nconstraints:\n  ROOM: {range: [2, 99]}\n")
    root = project(files | narrow)
    text = emit(_resolve(root, "needs: {few: ^1.0}\nconfig: {ROOM: 9, WRAP: true}\n"))
    assert "static int ROOM = 9;\t/* probes/p/probe.yaml:4 */\nmodule_param(ROOM, int, 0444);\n" in text
    assert 'MODULE_PARM_DESC(ROOM, "Room, in \\"words\\" (2 to 20)");\n' in text
    assert "static bool WRAP = true;\t/* probes/p/probe.yaml:4 */\nmodule_param(WRAP, bool, 0444);\n" in text
    assert "IDLE" not in text
    assert "#define ROOM ({ if (ROOM < 2 || ROOM > 20) __builtin_unreachable(); ROOM; })\n" in text
    assert _function(text, "tapsmith_check") == [
        "#undef ROOM",
        "if (ROOM < 2 || ROOM > 20) {",
        'pr_err("ROOM is %d, not from 2 to 20\\n", ROOM);',
        "return -EINVAL;",
        "}",
        "return 0;",
    ]
    assert _function(text, "tapsmith_init")[:4] == [
        "int err;",
        "err = tapsmith_check();",
        "if (err)",
        "return err;",
    ]
    assert _compile(text, root) == ""


def test_a_probe_has_macros_of_its_own(project: Project) -> None:
    """They are emitted as a fragment's are, with the line of probe.yaml that has them."""
    own = """defines:
  NAMES: {type: int, default: 100, range: [1, 1000], load: true, help: Names counted}
  MODE: {type: enum, default: fast, choices: [slow, fast]}
"""
    root = project({})
    use = "int names_room(void);\nint names_room(void) { return MODE == MODE_FAST ? NAMES : 0; }\n"
    text = emit(_resolve(root, own, text=ENTRIES + use))
    assert "static int NAMES = 100;\t/* probes/p/probe.yaml:4 */\n" in text
    assert 'MODULE_PARM_DESC(NAMES, "Names counted (1 to 1000)");\n' in text
    assert "#define MODE_FAST 1\n#define MODE MODE_FAST\t/* probes/p/probe.yaml:5 */\n" in text
    assert _compile(text, root) == ""


@pytest.mark.parametrize("value", ['"; evil();"', "a\\", "*/", "??/", "\n#define X\n", "é\x01\x7f9", "%s"])
def test_a_string_reaches_the_program_byte_for_byte(value: str, tmp_path: Path) -> None:
    """What is in a string macro is data to the compiler, and nothing else."""
    program = tmp_path / "echo.c"
    main = f"int main(void) {{ fputs({c_string(value)}, stdout); }}"
    program.write_text(f"#include <stdio.h>\n{main}\n", encoding="ascii")
    subprocess.run([COMPILER, "-trigraphs", "-o", tmp_path / "echo", program], check=True)
    assert subprocess.run([tmp_path / "echo"], check=True, capture_output=True).stdout == value.encode()


def test_text_of_people_cannot_leave_its_comment(project: Project) -> None:
    """Summaries are put on one line, and a comment's end in them is broken up."""
    directory = (
        project(
            {
                "probes/p/probe.yaml": 'name: p\nsummary: "S */ int evil; /*\\n next"\n',
                "probes/p/p.c": ENTRIES,
            }
        )
        / "probes"
        / "p"
    )
    text = emit(resolve(load_probe(directory), Library.load([])))
    assert " * p: S * / int evil; / * next\n" in text
    assert 'MODULE_DESCRIPTION("S */ int evil; /* next");' in text


def test_modinfo_names_each_fragment_with_its_digest(project: Project) -> None:
    """The digest covers manifest, sources and own headers, so a change of any shows."""
    files = _fragment("maps", text='#include "own.h"\n') | {"fragments/maps/own.h": "/* 1 */\n"}
    seen = set()
    for name in (None, "manifests/maps.yaml", "fragments/maps/maps.c", "fragments/maps/own.h"):
        root = project(files)
        if name:
            more = "# x\n" if name.endswith("yaml") else "/* x */\n"
            (root / name).write_text(files[name] + more, encoding="utf-8")
        resolution = _resolve(root, "needs: {maps: ^1.0}\n")
        digest = fragment_digest(resolution.fragments[0])
        assert f'MODULE_INFO(tapsmith_fragment, "maps 1.0.0 sha256:{digest}");' in emit(resolution)
        seen.add(digest)
    assert len(seen) == 4


def test_own_headers_are_found_through_each_other(project: Project) -> None:
    """Headers beside the sources and beside headers count, those that are not there do not."""
    text = '#include <linux/fs.h>\n#include "one.h"\n#include "absent.h"\n' + ENTRIES
    root = project(
        {
            "probes/p/one.h": '#include "sub/two.h"\n',
            "probes/p/sub/two.h": '#include "three.h"\n#include "one.h"\n',
            "probes/p/sub/three.h": "",
            "probes/p/idle.h": "",
        }
    )
    found = headers(_resolve(root, text=text).probe)
    assert [str(path.relative_to(root)) for path in found] == [
        "probes/p/one.h",
        "probes/p/sub/two.h",
        "probes/p/sub/three.h",
    ]


STUBS = """\
#define __init
#define __exit
#define MODULE_LICENSE(x) struct unused
#define MODULE_DESCRIPTION(x) struct unused
#define MODULE_INFO(tag, x) struct unused
#define module_param(name, type, mode) extern int name##_parameter
#define MODULE_PARM_DESC(name, x) struct unused
#define EINVAL 22
#define pr_err(...) __builtin_printf(__VA_ARGS__)
#define bool _Bool
#define false 0
#define true 1
#define module_init(f) int init_module(void) { return f(); }
#define module_exit(f) void cleanup_module(void) { f(); }
"""


def _compile(text: str, root: Path) -> str:
    """Return what gcc says of an emitted text, the kernel's headers replaced by stubs."""
    (root / "linux").mkdir(exist_ok=True)
    for name in HEADERS:
        (root / name).write_text(STUBS if name == "linux/module.h" else "", encoding="ascii")
    (root / "p.c").write_text(text, encoding="utf-8")
    command = [COMPILER, "-std=gnu11", "-Wall", "-Wextra", "-O1", "-c", "-o", "/dev/null", "-I.", "p.c"]
    plain = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=root, env=plain, capture_output=True, text=True, check=True)
    return done.stderr
