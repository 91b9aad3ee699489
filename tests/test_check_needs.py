"""`tapsmith check`: needs against what the C uses, and values that nobody reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from checked import findings, told
from conftest import Project

MAPS = """\
static MAP counts;

static int count(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_long(counts, 1);
	_stp_map_add_int64(counts, 1);
	return 0;
}

static struct kprobe probes[] = { { .symbol_name = "vfs_read", .pre_handler = count } };

static int probe_begin(void)
{
	counts = _stp_map_new(10, INT64);
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
}
"""


def test_a_probe_that_says_what_it_uses_is_clean(tmp_path: Path) -> None:
    """Needs that others of its needs require anyway are right where the probe uses them."""
    assert told(tmp_path, "needs: {kprobes: ^1.0, maps: ^1.0, log: ^1.0}\n", MAPS.replace(
        "return 0;", 'dlog("hit");\n\treturn 0;')) == []  # fmt: skip


def test_an_unused_need_is_found(tmp_path: Path) -> None:
    """The place is the need's; the mend tells whether the fragment stays in the module."""
    yaml = "needs:\n  kprobes: ^1.0\n  maps: ^1.0\n  locking: ^1.0\n  log: ^1.0\n"
    first, second = findings(tmp_path, yaml, MAPS)
    home = tmp_path / "probes/p/probe.yaml"
    assert str(first) == (
        f"{home}:6:3: warning: the probe uses nothing of `locking` [unused-need]\n"
        "    locking: ^1.0\n    ^\n"
        "  mend: remove `locking` from needs (it stays in the module: `maps` requires it)"
    )
    assert str(second).endswith("mend: remove `log` from needs")


def test_a_use_of_what_is_there_by_chance_is_found(tmp_path: Path) -> None:
    """It works today, so it is a warning; the first use is shown, and the range to write."""
    (found,) = findings(tmp_path, "needs: {kprobes: ^1.0, map_sort: ^1.0}\n", MAPS + "#define X SORT_SUM\n")
    assert str(found) == (
        f"{tmp_path}/probes/p/p.c:1:8: warning: the probe uses MAP, _stp_map_key_long, _stp_map_add_int64, "
        "_stp_map_new and 1 more of `maps`, which is there only because `map_sort` requires it "
        "[undeclared-need]\n"
        "  static MAP counts;\n         ^\n"
        "  mend: add `maps: ^1.0` to needs"
    )


def test_a_use_of_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The compiler would only say that it does not know the name."""
    code = 'static void say(void)\n{\n\tdlog("x");\n}\n'
    (found,) = findings(tmp_path, "", code)
    assert (found.code, found.severity, found.mend) == ("missing-need", "error", "add `log: ^1.0` to needs")
    assert found.place
    assert (found.place.line, found.place.column) == (3, 2)


@pytest.mark.parametrize(
    "code",
    [
        "/* dlog() */\n// dlog();\n",
        'static const char *text = "dlog(1) MAP";\n',
        "static void f(int dlog)\n{\n\tdlog++;\n}\n",
        "static void f(void)\n{\n\tint a = 1, *dlog;\n\n\tdlog = &a;\n}\n",
        "static void f(void)\n{\n\tfor (int foreach = 0; foreach < 3; foreach++)\n\t\t;\n}\n",
        "struct x { int log; void (*dlog)(int); };\nstatic void f(struct x *x)\n{\n\tx->dlog(1);\n}\n",
        "static void dlog(int x)\n{\n}\nstatic void f(void)\n{\n\tdlog(1);\n}\n",
        "#define dlog(x) pr_info(x)\nstatic void f(void)\n{\n\tdlog(1);\n}\n",
        "#if 0\nstatic void f(void)\n{\n\tdlog(1);\n}\n#endif\n",
        "enum { INT64, STRING };\nstatic int f(void)\n{\n\treturn INT64;\n}\n",
        # `stat` is a type of the fragment stats, `struct stat` is the kernel's.
        "static void f(struct stat *s)\n{\n\tgoto stat;\nstat:\n\treturn;\n}\n",
    ],
)
def test_what_only_looks_like_a_use_is_none(tmp_path: Path, code: str) -> None:
    """Comments, strings, members, labels, and names that the probe itself declares."""
    assert told(tmp_path, "", code) == []


def test_a_name_hidden_in_one_function_is_used_in_another(tmp_path: Path) -> None:
    """A local variable hides an export only as long as it lives."""
    code = 'static void f(int dlog)\n{\n\tdlog++;\n}\nstatic void g(void)\n{\n\tdlog("x");\n}\n'
    assert [line.split(" ")[0] for line in told(tmp_path, "", code)] == ["p.c:7:"]


def test_else_of_if_0_counts(tmp_path: Path) -> None:
    """What the compiler takes is code."""
    code = "#if 0\nfoo\n#else\nstatic void f(void)\n{\n\tdlog(1);\n}\n#endif\n"
    assert [line.split(" ")[0] for line in told(tmp_path, "", code)] == ["p.c:6:"]


def test_a_macro_of_the_probe_uses_what_it_expands_to(tmp_path: Path) -> None:
    """The need is used, though no function names its export."""
    code = '#define SAY(x) \\\n\tdlog("%d", x)\nstatic void f(void)\n{\n\tSAY(1);\n}\n'
    assert told(tmp_path, "needs: {log: ^1.0}\n", code) == []


def test_an_extension_is_used_through_what_it_extends(tmp_path: Path) -> None:
    """map_strings has its functions called by a macro of maps; statistics per CPU have no export at all."""
    key = MAPS.replace("_stp_map_key_long(counts, 1)", "_stp_map_key(counts, current->comm)")
    assert told(tmp_path, "needs: {kprobes: ^1.0, maps: ^1.0, map_strings: ^1.0}\n", key) == []
    assert told(tmp_path, "needs: {kprobes: ^1.0, maps: ^1.0, map_strings: ^1.0}\n", MAPS) == [
        "probe.yaml:3: warning: the probe uses nothing of `map_strings` [unused-need]"
    ]
    percpu = "static PMAP map;\nstatic void f(void)\n{\n\tmap = _stp_pmap_new(10, STAT);\n"
    percpu += "\t_stp_map_stat_add(map, 1);\n}\n"
    needs = "needs: {percpu_maps: ^1.0, percpu_stats: ^1.0, map_stats: ^1.0, maps: ^1.0}\n"
    assert told(tmp_path, needs, percpu) == []


def test_plain_names_of_system_calls_use_their_fragment(tmp_path: Path) -> None:
    """Nothing else does; a symbol that only the load knows may be such a name."""
    needs = "needs: {kprobes: ^1.0, maps: ^1.0, syscall_names: ^1.0}\n"
    unused = ["probe.yaml:3: warning: the probe uses nothing of `syscall_names` [unused-need]"]
    assert told(tmp_path, needs, MAPS) == unused
    assert told(tmp_path, needs, MAPS.replace("vfs_read", "sys_read")) == []
    assert told(tmp_path, needs, MAPS.replace('"vfs_read"', "symbol")) == []


def test_the_unload_of_a_full_map_uses_its_fragment(tmp_path: Path) -> None:
    """unload puts its function where maps asks for it."""
    code = MAPS.replace(
        "\treturn _stp_reg", "\t_stp_map_overflow(counts, MAP_OVERFLOW_UNLOAD);\n\treturn _stp_reg"
    )
    assert told(tmp_path, "needs: {kprobes: ^1.0, maps: ^1.0, unload: ^1.0}\n", code) == []


def test_a_value_that_is_set_uses_its_fragment(tmp_path: Path) -> None:
    """A need may be there for the sake of its macros."""
    yaml = "needs: {kprobes: ^1.0, maps: ^1.0, context: ^1.0}\n"
    assert len(told(tmp_path, yaml, MAPS)) == 1
    assert told(tmp_path, yaml + "config: {STP_LEVELS: 4}\n", MAPS) == []


HEAD = "version: 1.0.0\nsummary: S\nlicense: GPL-2.0\n"


def test_a_provider_is_used_where_its_virtual_name_is_required(tmp_path: Path, project: Project) -> None:
    """The need is the choice; a fragment without exports is there for its hooks."""
    root = project(
        {
            "manifests/sender.yaml": f"name: sender\n{HEAD}requires: {{wire: '*'}}\nsources: [s.c]\n"
            "exports:\n  functions: {send_it: any}\n",
            "fragments/sender/s.c": "static void send_it(void)\n{\n\twire_put();\n}\n",
            "manifests/copper.yaml": f"name: copper\n{HEAD}provides: [wire]\nsources: [c.c]\n"
            "exports:\n  functions: {wire_put: any}\n",
            "fragments/copper/c.c": "static void wire_put(void)\n{\n}\n",
            "manifests/glass.yaml": f"name: glass\n{HEAD}provides: [wire]\nsources: [g.c]\n"
            "exports:\n  functions: {wire_put: any}\n",
            "fragments/glass/g.c": "static void wire_put(void)\n{\n}\n",
            "manifests/watch.yaml": f"name: watch\n{HEAD}sources: [w.c]\nhooks: {{begun: watch_it}}\n",
            "fragments/watch/w.c": "static void watch_it(void)\n{\n}\n",
        }
    )
    sends = "static void f(void)\n{\n\tsend_it();\n}\n"
    assert told(tmp_path, "needs: {sender: ^1.0, glass: ^1.0, watch: ^1.0}\n", sends, root) == []
    puts = "static void f(void)\n{\n\twire_put();\n}\n"
    assert told(tmp_path, "needs: {glass: ^1.0}\n", puts, root) == []
    assert told(tmp_path, "needs: {glass: ^1.0, wire: '*'}\n", puts, root) == []
    assert told(tmp_path, "needs: {copper: ^1.0}\n", "", root) == [
        "probe.yaml:3: warning: the probe uses nothing of `copper` [unused-need]"
    ]


def test_a_transport_is_used_beside_the_one_it_stands_in_for(tmp_path: Path) -> None:
    """The probe's lines go through it, though its C names the log alone."""
    needs = "needs: {kprobes: ^1.0, maps: ^1.0, log: ^1.0, buffers: ^1.0}\n"
    assert told(tmp_path, needs, MAPS.replace("return 0;", 'dlog("hit");\n\treturn 0;')) == []


def test_a_macro_that_nobody_reads_is_found(tmp_path: Path, project: Project) -> None:
    """One that is set for a fragment that never names it, and one of the probe's own."""
    root = project(
        {
            "manifests/idle.yaml": f"name: idle\n{HEAD}sources: [i.c]\nconfig:\n"
            '  SPEED: {type: int, default: 1, range: [1, 9], help: "H"}\nexports: {functions: {idle: any}}\n',
            "fragments/idle/i.c": "/* SPEED */\nstatic void idle(void)\n{\n}\n",
        }
    )
    yaml = "needs: {idle: ^1.0}\nconfig: {SPEED: 2}\ndefines:\n"
    yaml += '  MOST: {type: int, default: 1, range: [1, 9], help: "H"}\n'
    code = "/* MOST */\nstatic void f(void)\n{\n\tidle();\n}\n"
    assert told(tmp_path, yaml, code, root) == [
        "probe.yaml:4: warning: SPEED is set, but neither `idle` nor the probe reads it [unread-macro]",
        "probe.yaml:6: warning: MOST is defined, but the probe's C never names it [unread-macro]",
    ]
    assert told(tmp_path, yaml, code.replace("idle();", "idle();\n\tf(SPEED + MOST);"), root) == []
    assert told(tmp_path, yaml, code + "#if MOST > SPEED\n#endif\n", root) == []
