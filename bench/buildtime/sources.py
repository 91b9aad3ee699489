"""The trees that are built: of probes for tapsmith; for kbuild modules by hand that do the same."""

from __future__ import annotations

from pathlib import Path

_HANDLER = """\
// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/kprobes.h>

static atomic_long_t hits;

static int opened(struct kprobe *p, struct pt_regs *regs)
{
	atomic_long_inc(&hits);
	return 0;
}

"""
_ALIKE = """\
static struct kprobe probe = { .symbol_name = "do_sys_openat2", .pre_handler = opened };

static int probe_begin(void)
{
	return register_kprobe(&probe);
}

static void probe_end(void)
{
	unregister_kprobe(&probe);
	pr_info("%ld files opened\\n", atomic_long_read(&hits));
}
"""
_RUNTIME = """\
static struct kprobe probes[] = {
	{ .symbol_name = "do_sys_openat2", .pre_handler = opened },
};

static int probe_begin(void)
{
	return _stp_register_kprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	dlog("%ld files opened", atomic_long_read(&hits));
}
"""
_YAML = "name: {name}\nsummary: Counts files opened\nneeds: {{{needs}}}\n"
_SCONSTRUCT = """\
import os
import tapsmith.scons

DefaultEnvironment(tools=[])
env = Environment(tools=[tapsmith.scons.generate], ENV=os.environ.copy())
for probe in env.Glob("probes/*/probe.yaml"):
    env.Default(env.ProbeModule(probe.dir))
"""
_BY_HAND = """\
#include <linux/module.h>

static struct kprobe probe = { .symbol_name = "do_sys_openat2", .pre_handler = opened };

static int __init by_hand_init(void)
{
	return register_kprobe(&probe);
}

static void __exit by_hand_exit(void)
{
	unregister_kprobe(&probe);
	pr_info("%ld files opened\\n", atomic_long_read(&hits));
}

module_init(by_hand_init);
module_exit(by_hand_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Counts files opened");
"""


def names(count: int) -> list[str]:
    """Return the names of `count` modules."""
    return [f"p{number:04}" for number in range(count)]


def write_probes(root: Path, count: int, runtime: bool = False) -> None:
    """Write a project of `count` probes below `root`: like those by hand, or with the runtime's kprobes."""
    text = _HANDLER + (_RUNTIME if runtime else _ALIKE)
    needs = "kprobes: ^1.0, log: ^1.0" if runtime else ""
    root.mkdir(parents=True)
    (root / "SConstruct").write_text(_SCONSTRUCT, encoding="ascii")
    for name in names(count):
        probe = root / "probes" / name
        probe.mkdir(parents=True)
        (probe / "probe.yaml").write_text(_YAML.format(name=name, needs=needs), encoding="ascii")
        (probe / f"{name}.c").write_text(text, encoding="ascii")


def write_by_hand(root: Path, count: int) -> None:
    """Write `count` modules and their Kbuild file into `root`."""
    root.mkdir(parents=True)
    for name in names(count):
        (root / f"{name}.c").write_text(_HANDLER + _BY_HAND, encoding="ascii")
    objects = " ".join(f"{name}.o" for name in names(count))
    (root / "Kbuild").write_text(f"obj-m := {objects}\n", encoding="ascii")


def edit(file: Path, number: int) -> None:
    """Change what a source is compiled to, other than any edit with another number."""
    marked = "\n#define EDITED "
    text = file.read_text(encoding="ascii").split(marked)[0]
    file.write_text(f"{text}{marked}{number}\nstatic int __used edited = EDITED;\n", encoding="ascii")
