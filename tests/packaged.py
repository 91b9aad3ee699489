"""A probe that is packaged: it has a version, an author, a header elsewhere, and asks kernels for things."""

from __future__ import annotations

import subprocess
from pathlib import Path

from scons_project import SCONSTRUCT

NAME = "shipped_reads"
SAID = (f"{NAME}: wc: 2 reads",)
"""What the module says of its workload."""

_PROBE = """\
name: shipped_reads
version: 1.2.0-rc.1
author: Some Body <some@body.example>
summary: Which processes read
needs: {kprobes: ^1.0, maps: ^1.0, map_strings: ^1.0, log: ^1.0, asks: ^1.0}
workload: {run: wc /proc/version}
"""
_C = """\
#include "../shared/limits.h"

static MAP reads;

static int on_read(struct kprobe *p, struct pt_regs *regs)
{
	if (!strcmp(current->comm, "wc")) {
		_stp_map_key(reads, current->comm);
		_stp_map_add_int64(reads, asks_one());
	}
	return 0;
}

static struct kprobe probes[] = { { .symbol_name = "vfs_read", .pre_handler = on_read } };

static int probe_begin(void)
{
	reads = _stp_map_new(PROCESSES_COUNTED, INT64);
	return reads ? _stp_register_kprobes(probes, ARRAY_SIZE(probes)) : -ENOMEM;
}

static void probe_end(void)
{
	struct map_node_int64 *process;

	foreach (reads, process)
		dlog("%s: %lld reads", key1str(process), process->val);
}
"""
_ASKS = """\
name: asks
version: 1.0.0
summary: What this tests asks of kernels
license: GPL-2.0
capabilities:
  KERNEL_HEADER: {includes: [linux/sched.h], code: "current->pid = 1;"}
  NO_SUCH_CALL: {code: "no_such_call();"}
  NOT_EXPORTED: {includes: [linux/kallsyms.h], code: "kallsyms_lookup_name(0);"}
sources: [asks.c]
exports:
  functions: {asks_one: any}
"""
_ASKS_C = """\
#if !defined(KERNEL_HAS_KERNEL_HEADER) || defined(KERNEL_HAS_NO_SUCH_CALL) || defined(KERNEL_HAS_NOT_EXPORTED)
#error "the answers are wrong"
#endif
static int asks_one(void)
{
	return 1;
}
"""
FILES = {
    "SConstruct": SCONSTRUCT,
    "manifests/asks.yaml": _ASKS,
    "fragments/asks/asks.c": _ASKS_C,
    f"probes/{NAME}/probe.yaml": _PROBE,
    f"probes/{NAME}/{NAME}.c": _C,
    "probes/shared/limits.h": "#define PROCESSES_COUNTED 10\n",
}
"""The project."""


def field(package: Path, name: str) -> str:
    """Return a field of a Debian package."""
    return _output("dpkg-deb", "--field", str(package), name)


def contents(package: Path) -> dict[str, str]:
    """Return modes and owners of the files in a Debian package, by name."""
    lines = [line.split(None, 5) for line in _output("dpkg-deb", "--contents", str(package)).splitlines()]
    return {words[5]: f"{words[0]} {words[1]}" for words in lines if not words[5].endswith("/")}


def unpack(package: Path, to: Path) -> Path:
    """Unpack a Debian package, and return where."""
    _output("dpkg-deb", "--extract", str(package), str(to))
    return to


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
