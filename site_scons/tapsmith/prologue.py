"""The beginning of every emitted file: the headers that nearly all probes need, in one fixed order.

As the order and the set never change, `precompiled` compiles them once for
each kernel.  They stand in the emitted text all the same, so that it is the
same C with and without that, and for the kernel's own kbuild.
"""

from __future__ import annotations

HEADERS = (
    "linux/module.h",
    "linux/init.h",
    "linux/kernel.h",
    "linux/atomic.h",
    "linux/kprobes.h",
    "linux/list.h",
    "linux/math64.h",
    "linux/minmax.h",
    "linux/mutex.h",
    "linux/percpu.h",
    "linux/printk.h",
    "linux/sched.h",
    "linux/slab.h",
    "linux/smp.h",
    "linux/string.h",
    "linux/uaccess.h",
    "linux/workqueue.h",
)


def includes() -> str:
    """Return the `#include` lines."""
    return "".join(f"#include <{name}>\n" for name in HEADERS)


def beginning() -> str:
    """Return what every emitted file begins with: the headers, and the module's name before each message."""
    # linux/printk.h has given pr_fmt its empty meaning by now.
    return f'{includes()}\n#undef pr_fmt\n#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt\n'
