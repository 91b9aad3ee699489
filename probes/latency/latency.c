// SPDX-License-Identifier: GPL-2.0
/*
 * latency: how long reads take.
 *
 * A kretprobe on vfs_read keeps the time of each call's entry beside the call, and adds what has passed by its return to the
 * statistics of the process's name. Reads that failed are left out. At unload, with a bar for each power of two:
 *
 *     latency: reader: count 40, sum 163840, min 2048, max 16384, average 4096
 *     latency:     2K |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@| 36
 *     latency:     4K |@@@                                     | 3
 *     latency:     8K |@                                       | 1
 *
 * The times are nanoseconds.
 */
#include <linux/timekeeping.h>

struct call {
	u64 entered;
};

static MAP latencies;	/* process name -> statistics of nanoseconds */

static int entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;

	call->entered = ktime_get_mono_fast_ns();
	return 0;
}

static int returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;

	if ((long)regs_return_value(regs) < 0)
		return 0;
	_stp_map_key_str(latencies, current->comm);
	_stp_map_stat_add(latencies, ktime_get_mono_fast_ns() - call->entered);
	return 0;
}

static struct kretprobe probes[] = {
	{ .kp.symbol_name = "vfs_read", .entry_handler = entered, .handler = returned, .data_size = sizeof(struct call) },
};

static int probe_begin(void)
{
	latencies = _stp_map_new(1000, STAT);
	if (!latencies)
		return -ENOMEM;
	return _stp_register_kretprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	struct map_node_stat *process;

	foreach (latencies, process)
		_stp_stat_print(key1str(process), &process->stats);
}
