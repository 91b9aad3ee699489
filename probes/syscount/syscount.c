// SPDX-License-Identifier: GPL-2.0
/*
 * syscount: how often each system call is made. See README.md.
 */
#include <linux/compat.h>
#include <trace/events/syscalls.h>

#define CALLS 2048		/* 64-bit calls and 32-bit ones, about 450 each */
#define COMPAT (1L << 32)	/* in a key: the number is a 32-bit call's, which has a table of its own */

static PMAP counts;		/* number of a call -> how often */

_STP_TRACEPOINT(sys_enter, called, TP_PROTO(struct pt_regs *regs, long id), TP_ARGS(regs, id))
{
	if (!_stp_is_target())
		return;
	_stp_map_key_long(counts, in_compat_syscall() ? COMPAT | (u32)id : id);
	_stp_map_add_int64(counts, 1);
}

static struct _stp_tracepoint probes[] = { { .name = "sys_enter", .handler = &called } };

static int probe_begin(void)
{
	counts = _stp_pmap_new(CALLS, INT64);
	return counts ? _stp_register_tracepoints(probes, ARRAY_SIZE(probes)) : -ENOMEM;
}

static void tell(long key, int64_t count)
{
	const char *name = _stp_syscall_name(key);
	char number[32];

	if (!name) {
		scnprintf(number, sizeof(number), "[%s %d]", key & COMPAT ? "32-bit" : "unknown", (int)key);
		name = number;
	}
	dlog("%-22s %8lld", name, count);
}

static void probe_end(void)
{
	MAP sorted = _stp_map_snapshot(counts);
	struct map_node_int64 *call;
	int shown = 0;

	_stp_map_sort(sorted, 0, -1);
	dlog("%-22s %8s", "SYSCALL", "COUNT");
	foreach (sorted, call)
		if (shown++ < MOST)
			tell(key1int(call), call->val);
	_stp_map_del(sorted);
}
