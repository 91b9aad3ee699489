// SPDX-License-Identifier: GPL-2.0
/*
 * Asks to be unloaded: from a handler, while probe_begin() still runs or later, from probe_begin() itself, from an interrupt,
 * or since a map is full.
 */
#include <linux/hrtimer.h>

static atomic_t counted = ATOMIC_INIT(0);
static struct hrtimer timer;
static MAP hits; /* number of the hit -> 1 */

static noinline __noclone void test_unload_hit(void)
{
	barrier();
}

static int hit(struct kprobe *p, struct pt_regs *regs)
{
	int number = atomic_inc_return(&counted);

	_stp_map_key_long(hits, number);
	_stp_map_set_int64(hits, 1);
	if (number == AFTER)
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

	hits = _stp_map_new(ROOM, INT64);
	if (!hits)
		return -ENOMEM;
	_stp_map_overflow(hits, MAP_OVERFLOW_UNLOAD);
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
