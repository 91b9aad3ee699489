// SPDX-License-Identifier: GPL-2.0
/*
 * funclatency: how long a function of the kernel takes. See README.md.
 *
 * Each call keeps the time of its entry beside itself, so calls may nest and overlap.
 */
#include <linux/timekeeping.h>

struct call {
	u64 entered;
};

static char *function;
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "function whose calls are timed");

static PMAP times;		/* 0 -> statistics of nanoseconds */

static int entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;

	call->entered = ktime_get_mono_fast_ns();
	return !_stp_is_target();
}

static int returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;

	_stp_map_key_long(times, 0);
	_stp_map_stat_add(times, ktime_get_mono_fast_ns() - call->entered);
	return 0;
}

static struct kretprobe probes[] = {
	{ .entry_handler = entered, .handler = returned, .data_size = sizeof(struct call) },
};

static int probe_begin(void)
{
	if (!function) {
		pr_err("which function? insmod funclatency.ko function=<function>\n");
		return -EINVAL;
	}
	times = _stp_pmap_new(1, STAT);
	if (!times)
		return -ENOMEM;
	probes[0].kp.symbol_name = function;
	return _stp_register_kretprobes(probes, ARRAY_SIZE(probes));
}

static void probe_end(void)
{
	struct map_node_stat *all;
	char title[KSYM_NAME_LEN + 16];

	scnprintf(title, sizeof(title), "%s, nanoseconds", function);
	foreach (times, all)
		_stp_stat_print(title, &all->stats);
}
