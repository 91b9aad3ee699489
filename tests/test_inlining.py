"""Handlers that become part of what the kernel calls."""

from __future__ import annotations

import re
from pathlib import Path

from callgraph import CallGraph
from conftest import Modules, Project
from scons_project import ROOT, module, scons
from tapsmith.inlining import indirect, inlined, prelude, question
from tapsmith.library import Library

FRAGMENTS = Library.load([ROOT]).fragments
KPROBES = [FRAGMENTS["kprobes"]]
HANDLER = "static int on_read(struct kprobe *p, struct pt_regs *regs)\n{\n\treturn 0;\n}\n"
ARRAY = 'static struct kprobe probes[] = { { .symbol_name = "vfs_read", .pre_handler = on_read } };\n'


def names(*texts: str) -> list[str]:
    """Return the handlers that are inlined."""
    return sorted(inlined(KPROBES, texts))


def flags(*texts: str) -> dict[str, str]:
    """Return which members may hold a handler that is called through a pointer."""
    text = indirect(KPROBES, inlined(KPROBES, texts), texts, {"kprobes": ["pre_handler post_handler"]})
    return dict(re.findall(r"#define _STP_INDIRECT_(\w+) (\d)", text))


def test_a_handler_that_an_initialiser_names_is_inlined() -> None:
    """Its definition is renamed, and the macro makes what the kernel calls."""
    assert names(HANDLER + ARRAY) == ["on_read"]
    assert prelude({"on_read": "M"}).splitlines() == [
        "M(on_read)",
        "#define on_read(...) _stp_body_on_read(const struct _stp_here _stp_here, __VA_ARGS__)",
    ]
    assert "return handler == on_read;" in question({"on_read": "M"})
    assert "return false;" in question({})


def test_what_else_uses_a_handler_keeps_it_as_it_is() -> None:
    """A call, a declaration, another storage class, the kernel's own registration: each is left alone."""
    assert names(HANDLER + ARRAY + "static void f(void)\n{\n\ton_read(NULL, NULL);\n}\n") == []
    assert names("static int on_read(struct kprobe *, struct pt_regs *);\n" + HANDLER + ARRAY) == []
    assert names(HANDLER.replace("static int", "static noinline int") + ARRAY) == []
    assert names(HANDLER.replace("static int", "int") + ARRAY) == []
    assert names(HANDLER + ARRAY + "static int f(void)\n{\n\treturn register_kprobe(probes);\n}\n") == []
    assert (
        names(HANDLER + "static struct kprobe p;\nstatic void f(void)\n{\n\tp.pre_handler = on_read;\n}\n")
        == []
    )
    assert names(HANDLER + "/* .pre_handler = on_read, */") == []
    assert names(ARRAY) == []


def test_a_later_fragment_may_call_handlers_itself() -> None:
    """Then none is inlined."""
    both = [FRAGMENTS["kprobes"], FRAGMENTS["syscall_names"]]
    assert inlined(both, [HANDLER + ARRAY]) == {}


def test_a_pointer_is_expected_where_one_may_be() -> None:
    """One handler that is not inlined, in the probe or in a fragment, is enough."""
    assert flags(HANDLER + ARRAY) == {"pre_handler": "0", "post_handler": "0"}
    assert flags(HANDLER + ARRAY, "probes[0].pre_handler = other;")["pre_handler"] == "1"
    assert flags(HANDLER + ARRAY.replace("}", ", .post_handler = after }", 1))["post_handler"] == "1"
    text = indirect(KPROBES, {}, [], {"kprobes": [], "jprobes": ["p->pre_handler = call;"]})
    assert "#define _STP_INDIRECT_pre_handler 1\n" in text


def test_a_module_has_no_other_way_to_its_handler(modules: Modules) -> None:
    """The sample's handler is what the kernel calls; nothing for calls through pointers is there."""
    functions = CallGraph(modules.path("where_func")).functions
    assert not {name for name in functions if name.startswith(("_stp_kprobe_pre", "_stp_kprobe_post"))}


MIXED = {
    "SConstruct": """\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate], PROBE_LOCKS=False)
env.ProbeModule("probes/mixed")
""",
    "probes/mixed/probe.yaml": """\
name: mixed
summary: Handlers of both kinds, with an error in the body of one
needs: {kprobes: "*"}
""",
    "probes/mixed/mixed.c": HANDLER.replace("return 0;", "return nothing;")
    + ARRAY
    + """\
static int probe_begin(void)
{
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
}
""",
}


def test_errors_in_an_inlined_handler_are_found_where_they_are(project: Project) -> None:
    """The compiler names the user's file and line."""
    directory: Path = project(MIXED)
    run = scons(directory, "KERNEL=6.1-cloud")
    assert run.status != 0
    assert re.search(r"probes/mixed/mixed\.c:3:9: error: .nothing. undeclared", run.output)
    assert module(directory, "mixed") is None
