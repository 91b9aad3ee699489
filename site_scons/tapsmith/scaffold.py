"""The files of a new probe or fragment: they build as they are, and say what to change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tapsmith.versions import MalformedError

_PROBE_YAML = """\
name: {name}
summary: Counts calls of vfs_read by process
needs:
{needs}
defines:
  PROCESSES: {{type: int, default: 1000, range: [1, 100000], load: true, help: "Process names counted"}}
workload:
  run: wc /proc/version
"""

_PROBE_C = """\
// SPDX-License-Identifier: GPL-2.0
/*
 * {name}: counts calls of vfs_read by process, and says at unload, a line for each:
 *
 *     {name}: wc: 2 reads
 */
static MAP reads;

/* Runs at each call, in any context: see which functions may be called here with `tapsmith info`. */
static int on_read(struct kprobe *p, struct pt_regs *regs)
{{
	_stp_map_key(reads, current->comm);
	_stp_map_add_int64(reads, 1);
	return 0;
}}

static struct kprobe read_probes[] = {{
	{{ .symbol_name = "vfs_read", .pre_handler = on_read }},
}};

/* Runs when the module is loaded; what is not 0 fails the load. */
static int probe_begin(void)
{{
	reads = _stp_map_new(PROCESSES, INT64);
	return reads ? _stp_register_kprobes(read_probes, ARRAY_SIZE(read_probes)) : -ENOMEM;
}}

/* Runs when the module is unloaded, and no handler any more. */
static void probe_end(void)
{{
	struct map_node_int64 *process;

	foreach (reads, process)
		dlog("%s: %lld reads", key1str(process), process->val);
}}
"""

_EXPECTED = """\
# What `tapsmith test {name}` expects: each line as often as it stands here, in any order; * is any run of
# characters without a space, {{>=10}} a number of ten or more; ... lets other lines be, of other processes.
...
{name}: wc: 2 reads
"""

PROBE_NEEDS = ("kprobes", "log", "map_strings", "maps")
"""The fragments that a new probe needs."""

_MANIFEST = """\
name: {name}
version: 0.1.0
summary: Counts notes, on all CPUs together
license: GPL-2.0
config:
  {upper}_NOTE_WEIGHT: {{type: int, default: 1, range: [1, 1000], help: "What one note counts"}}
sources: [{name}.c]
exports:
  functions:
    {name}_note: any
    {name}_noted: any
"""

_FRAGMENT_C = """\
// SPDX-License-Identifier: GPL-2.0
/*
 * {name}: counts notes, on all CPUs together.
 *
 * Each note is one atomic addition: it takes no lock, and may be made in an NMI, too.
 */
#include <linux/atomic.h>

static atomic64_t _{name}_total = ATOMIC64_INIT(0);

/**
 * {name}_note() - count one note
 *
 * Context: any.
 */
static void {name}_note(void)
{{
	atomic64_add({upper}_NOTE_WEIGHT, &_{name}_total);
}}

/**
 * {name}_noted() - tell what all notes come to
 *
 * Context: any.
 * Return: the number of notes so far, times {upper}_NOTE_WEIGHT.
 */
static long long {name}_noted(void)
{{
	return atomic64_read(&_{name}_total);
}}
"""


def probe_files(name: str, ranges: Mapping[str, str], schema_line: str = "") -> dict[str, str]:
    """Return the files of a new probe, by path below the project; `ranges` are those of PROBE_NEEDS."""
    needs = "\n".join(f"  {fragment}: {ranges[fragment]}" for fragment in PROBE_NEEDS)
    return {
        f"probes/{name}/probe.yaml": schema_line + _PROBE_YAML.format(name=name, needs=needs),
        f"probes/{name}/{name}.c": _PROBE_C.format(name=name),
        f"probes/{name}/expected.txt": _EXPECTED.format(name=name),
    }


def fragment_files(name: str, schema_line: str = "") -> dict[str, str]:
    """Return the files of a new fragment, by path below the project."""
    words = {"name": name, "upper": name.upper()}
    return {
        f"fragments/{name}/{name}.c": _FRAGMENT_C.format(**words),
        f"manifests/{name}.yaml": schema_line + _MANIFEST.format(**words),
    }


def near_name(name: str, parse: Callable[[str], str]) -> str | None:
    """Return a name like `name` that `parse` takes; None if there is none, MalformedError never."""
    near = re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_").lstrip("0123456789_")
    try:
        return parse(near)
    except MalformedError:
        return None
