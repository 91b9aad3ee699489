// SPDX-License-Identifier: GPL-2.0
/*
 * Asks to be unloaded: from a handler, while probe_begin() still runs or later, from probe_begin() itself, or from an interrupt.
 */
#include <linux/hrtimer.h>

static atomic_t counted = ATOMIC_INIT(0);
static struct hrtimer timer;

static noinline __noclone void test_unload_hit(void)
{
	barrier();
}

static int hit(struct kprobe *p, struct pt_regs *regs)
{
	if (atomic_inc_return(&counted) == AFTER)
		_stp_ask_unload_since("enough");
	return 0;
}

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	_stp_ask_unload();
	return HRTIMER_NORESTART;
}

static struct kprobe probes[] = {
	{ .symbol_name = "test_unload_hit", .pre_handler = hit },
	{ .symbol_name = "__x64_sys_getppid", .pre_handler = hit },
};

static int probe_begin(void)
{
	int ret, i;

	if (FROM_BEGIN)
		_stp_ask_unload_since("at the begin");
	ret = _stp_register_kprobes(probes, ARRAY_SIZE(probes));
	if (ret)
		return ret;
	for (i = 0; i < CALLS; i++)
		test_unload_hit();
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = fire;
	if (FROM_IRQ)
		hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	return 0;
}

static void probe_end(void)
{
	hrtimer_cancel(&timer);
	dlog("counted %d", atomic_read(&counted));
}
