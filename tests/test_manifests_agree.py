"""Manifests and sources of the shipped fragments say the same."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fragment_c import KernelDoc, callees, defines, kernel_docs, parameters, path_to
from scons_project import ROOT
from tapsmith.library import Library
from tapsmith.manifest import CONTEXTS, Fragment

FRAGMENTS = Library.load([ROOT]).fragments

KERNEL_PROCESS = frozenset(
    (
        *("kmalloc", "kzalloc", "kvmalloc", "vmalloc", "vzalloc", "__vmalloc", "vfree"),
        *("alloc_percpu", "__alloc_percpu", "__alloc_percpu_gfp", "free_percpu"),
        *("mutex_lock", "msleep", "schedule", "synchronize_rcu", "kthread_stop", "hrtimer_cancel"),
        *("cancel_work_sync", "flush_work", "irq_work_sync"),
        *("cpus_read_lock", "smp_call_function_single", "on_each_cpu"),
        *("register_kprobe", "unregister_kprobe", "unregister_kprobes", "tracepoint_probe_unregister"),
    )
)
"""Functions of the kernel that sleep, or may not be called with interrupts off."""


def text(fragment: Fragment) -> str:
    """Return all sources of a fragment."""
    return "".join(source.path.read_text(encoding="utf-8") for source in fragment.sources)


def contexts() -> dict[str, str]:
    """Return the context of every exported function."""
    return {e.name: e.context for f in FRAGMENTS.values() for e in f.exports if e.context}


def undefined(fragment: Fragment, code: str) -> list[str]:
    """Return the exports that the sources do not define."""
    return [export.name for export in fragment.exports if not defines(code, export.kind, export.name)]


def undocumented(fragment: Fragment, docs: tuple[KernelDoc, ...]) -> list[str]:
    """Return the exported functions without a kernel-doc comment, and those on what is not exported."""
    documented = {doc.name for doc in docs}
    functions = {export.name for export in fragment.exports if export.kind == "function"}
    exports = {export.name for export in fragment.exports}
    return sorted(functions - documented) + sorted(documented - exports)


def other_contexts(docs: tuple[KernelDoc, ...], given: Mapping[str, str]) -> list[str]:
    """Return those whose `Context:` is missing, or another one than in the manifest."""
    found = []
    for doc in docs:
        wanted = [given[doc.name]] if doc.name in given else [*CONTEXTS, None]
        if doc.context not in wanted:
            found.append(f"{doc.name}: {doc.context}, in the manifest {given.get(doc.name)}")
    return found


def other_parameters(docs: tuple[KernelDoc, ...], code: str) -> list[str]:
    """Return those whose parameters in the comment are not those of the definition."""
    defined = parameters(code)
    found = []
    for doc in docs:
        # A macro of the function's name passes `here`.
        named = tuple(name for name in defined.get(doc.name, ()) if name not in ("...", "here"))
        if doc.name in defined and doc.parameters != named:
            found.append(f"{doc.name}: described {doc.parameters}, defined {named}")
    return found


def forbidden_calls(given: Mapping[str, str], graph: Mapping[str, frozenset[str]]) -> list[str]:
    """Return chains of calls from a function to one that may not be called in its context."""
    found = []
    for name, context in sorted(given.items()):
        stricter = CONTEXTS[CONTEXTS.index(context) + 1 :]
        forbidden = {other for other, needed in given.items() if needed in stricter}
        if context != "process":
            chain = path_to(name, forbidden | KERNEL_PROCESS, graph)
            found += [f"{context}: {' -> '.join(chain)}"] if chain else []
    return found


@pytest.mark.parametrize("name", sorted(FRAGMENTS))
def test_every_export_is_defined(name: str) -> None:
    """What a manifest exports, its sources define."""
    assert undefined(FRAGMENTS[name], text(FRAGMENTS[name])) == []


@pytest.mark.parametrize("name", sorted(FRAGMENTS))
def test_what_is_exported_is_documented(name: str) -> None:
    """Each exported function has a kernel-doc comment, and what has one is exported."""
    assert undocumented(FRAGMENTS[name], kernel_docs(text(FRAGMENTS[name]))) == []


@pytest.mark.parametrize("name", sorted(FRAGMENTS))
def test_comments_agree(name: str) -> None:
    """The comment names the manifest's context, and the parameters of the definition in their order."""
    code = text(FRAGMENTS[name])
    assert other_contexts(kernel_docs(code), contexts()) == []
    assert other_parameters(kernel_docs(code), code) == []


def test_no_function_calls_what_its_context_forbids() -> None:
    """What a handler may call leads, over any number of calls, to nothing that only process code may call."""
    graph: dict[str, frozenset[str]] = {}
    for fragment in FRAGMENTS.values():
        for caller, called in callees(text(fragment)).items():
            graph[caller] = graph.get(caller, frozenset()) | called
    assert forbidden_calls(contexts(), graph) == []


SOURCE = """\
/**
 * f() - does it
 * @a: one
 *
 * Context: any.
 */
static int f(int b)
{
	return g(b);
}

/**
 * h() - is not exported
 */
static void g(int b)
{
	msleep(b);
}
"""


def test_the_tests_above_can_fail() -> None:
    """Each disagreement is seen."""
    docs = kernel_docs(SOURCE)
    assert not defines(SOURCE, "function", "h")
    assert defines(SOURCE, "function", "g")
    assert other_contexts(docs, {"f": "handler"}) == ["f: any, in the manifest handler"]
    assert other_parameters(docs, SOURCE) == ["f: described ('a',), defined ('b',)"]
    assert undocumented(FRAGMENTS["losses"], docs) == ["_stp_lost", "f", "h"]
    assert forbidden_calls({"f": "any"}, callees(SOURCE)) == ["any: f -> g -> msleep"]
