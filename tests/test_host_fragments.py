"""Every fragment that needs no kernel's header works in the host build."""

from __future__ import annotations

from pathlib import Path

from conftest import Project
from scons_project import ROOT
from tapsmith.host import build_host, run_host
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution, resolve
from test_host import has_host_build

ALONE = "static int probe_begin(void)\n{\n\treturn 0;\n}\n\nstatic void probe_end(void)\n{\n}\n"
COPIES = """\
static char *words[] = { "zero", "one", "two words", NULL };

static int probe_begin(void)
{
	char *const *nowhere = (char *const *)8;
	MAP list = _stp_list_new(10, STRING);
	struct map_node_str *word;
	char text[8], few[5];

	if (!list)
		return -ENOMEM;
	dlog("%ld %s", (long)_stp_strncpy_from_user(text, words[1], sizeof(text)), text);
	dlog("%d", _stp_strncpy_from_user(text, (char *)8, sizeof(text)) < 0);
	_stp_copy_argv_from_user(list, words);
	_stp_copy_argv_from_user(list, (char **)nowhere);
	foreach (list, word)
		dlog("%s", word->str);
	dlog("%ld %s", _stp_cmdline(few, sizeof(few)), few);
	return 0;
}

static void probe_end(void)
{
}
"""


def _resolve(root: Path, needs: list[str], text: str) -> Resolution:
    directory = root / "probes/p"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "p.c").write_text(text, encoding="utf-8")
    table = ", ".join(f"{name}: '*'" for name in needs)
    (directory / "probe.yaml").write_text(
        f"name: p\nsummary: A probe\nneeds: {{{table}}}\n", encoding="utf-8"
    )
    return resolve(load_probe(directory), Library.load([ROOT]))


def test_all_that_have_their_headers_compile(project: Project) -> None:
    """The headers hold all that the fragments use of them, and the runtime does it."""
    root = project({})
    names = [name for name in Library.load([ROOT]).fragments if has_host_build(_resolve(root, [name], ALONE))]
    assert {"alloc", "maps", "percpu_maps", "print", "copy_from_user"} <= set(names)
    built = build_host(_resolve(root, names, ALONE), root / "out", sanitize=("address", "undefined"))
    assert built.warnings == ""
    assert run_host(built.program).status == 0


def test_memory_of_user_space_is_the_process_s_own(project: Project) -> None:
    """Strings and vectors are copied; an address where nothing is is an error, not the end."""
    root = project({})
    resolution = _resolve(root, ["copy_argv", "copy_from_user", "log"], COPIES)
    run = run_host(build_host(resolution, root / "out", sanitize=("address",)).program)
    assert run.errors == ""
    lost = "p: lost 2 copies from user space, a page was not resident"
    cut = "p: lost 1 ends of strings from user space, the buffer was full"
    assert run.messages == ("p: 3 one", "p: 1", "p: one", "p: two words", "p: 4 /…", lost, cut)
