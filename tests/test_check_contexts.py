"""`tapsmith check`: calls from handlers of what may sleep."""

from __future__ import annotations

from pathlib import Path

import pytest

from checked import findings
from tapsmith.analysis.ctokens import read_unit
from tapsmith.analysis.declarations import constants, defined_types
from tapsmith.analysis.handlers import handlers

NEEDS = "needs: {kprobes: ^1.0, maps: ^1.0}\n"
CHAIN = """\
static MAP counts;

static void forget(void)
{
	_stp_map_del(counts);
}

static void tidy(int n)
{
	if (n)
		forget();
}

static int hit(struct kprobe *p, struct pt_regs *regs)
{
	tidy(1);
	return 0;
}

static struct kprobe probes[] = { { .symbol_name = "vfs_read", .pre_handler = hit } };

static int probe_begin(void)
{
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	forget();
}
"""


def test_the_chain_of_calls_is_shown(tmp_path: Path) -> None:
    """Each call has its place; the same call from process context is right."""
    (found,) = findings(tmp_path, NEEDS, CHAIN)
    file = tmp_path / "probes/p/p.c"
    assert str(found) == (
        f"{file}:5:2: error: hit -> tidy -> forget -> _stp_map_del (process), "
        "but hit is the `.pre_handler` and may not sleep [sleeps-in-handler]\n"
        "  \t_stp_map_del(counts);\n  \t^\n"
        f"  {file}:16:2: hit calls tidy\n"
        f"  {file}:11:3: tidy calls forget\n"
        f"  {file}:5:2: forget calls _stp_map_del\n"
        "  mend: call it in probe_begin or probe_end, or in a function given to _stp_every()"
    )


def body(statement: str, before: str = "") -> str:
    """Return a probe whose handler has the statement."""
    return before + (
        f"static int hit(struct kprobe *p, struct pt_regs *regs)\n{{\n\t{statement}\n\treturn 0;\n}}\n"
        "static struct kprobe probe = { .pre_handler = hit };\n"
        "static void arm(void)\n{\n\t_stp_register_kprobes(&probe, 1);\n}\n"
    )


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("kmalloc(8, GFP_KERNEL);", "may wait for memory"),
        ("kmalloc(sizeof(long), GFP_KERNEL | __GFP_ZERO);", "may wait for memory"),
        ("mutex_lock(&m);", "waits for whoever holds the lock"),
        ("msleep(3);", "waits"),
        ("copy_from_user(a, b, 8);", "may wait for a page"),
        ("synchronize_rcu();", "waits"),
        ("wait_event(queue, done);", "waits"),
        ("vmalloc(100);", "may wait for memory"),
        ("_stp_unregister_kprobes(&probe, 1);", "process"),
    ],
)
def test_what_may_sleep_is_found(tmp_path: Path, statement: str, reason: str) -> None:
    """Functions of the kernel by a table, those of fragments by their context."""
    (found,) = findings(tmp_path, "needs: {kprobes: ^1.0}\n", body(statement))
    assert (found.code, found.severity) == ("sleeps-in-handler", "error")
    assert f"({reason})" in found.message


def test_an_exported_macro_has_the_context_of_its_comment(tmp_path: Path) -> None:
    """The manifest gives contexts to functions only."""
    (found,) = findings(tmp_path, NEEDS, body("p = (void *)_stp_map_new(10, INT64);"))
    assert found.message.startswith("hit -> _stp_map_new (process)")


@pytest.mark.parametrize("statement", ["spin_lock(&lock);", "kmalloc(8, GFP_ATOMIC);"])
def test_what_sleeps_with_preempt_rt_is_a_warning(tmp_path: Path, statement: str) -> None:
    """On other kernels it works."""
    (found,) = findings(tmp_path, "needs: {kprobes: ^1.0}\n", body(statement))
    assert (found.code, found.severity) == ("sleeps-on-rt", "warning")


@pytest.mark.parametrize(
    "statement",
    [
        "/* msleep(1) */",
        'pr_info("msleep(1)");',
        "p->msleep(1);",
        "kmalloc(8, flags);",
        "raw_spin_lock(&lock);",
        "_stp_map_add_int64(counts, 1);",
        "int msleep = 1;\n\n\tif (msleep)\n\t\tp++;",
        "queue_work(wq, &work);",
    ],
)
def test_what_does_not_sleep_is_left_alone(tmp_path: Path, statement: str) -> None:
    """Comments, strings, members, variables of that name, flags that are not known."""
    yaml = NEEDS if "_stp_map" in statement else "needs: {kprobes: ^1.0}\n"
    assert findings(tmp_path, yaml, body(statement, "static MAP counts;\n" if yaml == NEEDS else "")) == ()


def test_macros_and_helpers_are_followed(tmp_path: Path) -> None:
    """A macro of the probe's, and a function that sort() calls at once; not one for a work item."""
    compare = "static int compare(const void *a, const void *b)\n{\n\tmsleep(1);\n\treturn 0;\n}\n"
    needs = "needs: {kprobes: ^1.0}\n"
    (found,) = findings(tmp_path, needs, body("sort(a, 3, 8, compare, NULL);", compare))
    assert found.message.startswith("hit -> compare -> msleep (waits)")
    (found,) = findings(tmp_path, needs, body("WAIT;", "#define WAIT msleep(5)\n"))
    assert found.message.startswith("hit -> WAIT -> msleep (waits)")
    assert findings(tmp_path, needs, body("INIT_WORK(&work, compare);", compare)) == ()


def test_a_call_is_told_once(tmp_path: Path) -> None:
    """However many handlers lead to it, and by whatever ways; functions may call each other."""
    code = CHAIN.replace("if (n)\n\t\tforget();", "forget();\n\ttidy(n);") + CHAIN.split(
        "static MAP counts;"
    )[1].split("static void tidy")[0].replace("forget", "other")
    code = code.replace("\ttidy(1);", "\ttidy(1);\n\tforget();")
    assert len(findings(tmp_path, NEEDS, code)) == 1


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("static struct kprobe p = { .post_handler = f };", ["f"]),
        ("static struct kretprobe p = { .handler = f, .entry_handler = g };", ["g", "f"]),
        ("static void a(void)\n{\n\tp.pre_handler = f;\n\tq->pre_handler = &g;\n}", ["f", "g"]),
        ("static struct kretprobe r[2];\nstatic void a(void)\n{\n\tr[0].handler = f;\n}", ["f"]),
        ("static struct jprobe p = { .entry = JPROBE_ENTRY(f) };", ["f"]),
        ("static void a(void)\n{\n\t_stp_timer_start(&t, 5, f);\n}", ["f"]),
        ("_STP_TRACEPOINT(sched_switch, f, TP_PROTO(bool b), TP_ARGS(b))\n{\n\tg();\n}", ["f"]),
        ("static DEFINE_TIMER(t, f);", ["f"]),
        ("static struct hrtimer t;\nstatic void a(void)\n{\n\tt.function = f;\n}", ["f"]),
        ("static void a(void)\n{\n\tsmp_call_function_single(1, f, NULL, 1);\n}", ["f"]),
        ("_STP_TRACEPOINT(sched_switch, f)\n{\n\tg();\n}", ["f"]),
        ("static struct my_type p = { .handler = f };", []),
        ("static struct ctl_table t[] = { { .proc_handler = f } };", []),
        ("/* .pre_handler = f */", []),
        ("static void a(void)\n{\n\t_stp_every(1, f);\n}", []),
    ],
)
def test_handlers_are_known_by_where_they_are_named(code: str, named: list[str]) -> None:
    """A member of that name in another structure means nothing, nor does what process context calls."""
    unit = read_unit(Path("p.c"), code + "\n")
    assert [handler.name for handler in handlers([unit])] == named


@pytest.mark.parametrize(
    "text",
    [
        "f(" * 300,
        "{" * 300,
        "static int f(void)\n{\n",
        "#define",
        "#define X(\\\n",
        "/*",
        '"',
        "struct {" * 30,
        "#if 0\n",
        "_STP_TRACEPOINT(a, f)\n{\n}\n",
        "_STP_TRACEPOINT()\n{\n}\n",
        "typedef;",
        "typedef (",
        "enum {",
        "int a,",
        "",
    ],
)
def test_text_that_is_no_c_ends_no_check(tmp_path: Path, text: str) -> None:
    """What the compiler will refuse gives findings or none, but no traceback."""
    unit = read_unit(tmp_path / "p.c", text)
    assert {*defined_types(unit), *constants(unit)} <= {"X"}
    assert all(
        problem.code for problem in findings(tmp_path, "needs: {log: ^1.0}\n", text + "\n/* probe_end */")
    )
