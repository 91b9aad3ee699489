// SPDX-License-Identifier: GPL-2.0
/*
 * The handler of a probe on one function takes its time, with interrupts on. A timer meanwhile calls another probed function:
 * the kernel skips these hits, since a handler runs on this CPU. So it does with those of a second one, whose probe has a handler
 * behind the probed instruction, too.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>

#define TICKS 400
#define SKIPPED 300		/* at the least: the slow handler waits for so many */
#define PERIOD_NS (100 * NSEC_PER_USEC)

static atomic_t counted = ATOMIC_INIT(0);
static atomic_t before = ATOMIC_INIT(0);
static atomic_t behind = ATOMIC_INIT(0);
static int ticks, tocks;
static DECLARE_COMPLETION(ticked);

static noinline __noclone void test_missed_tick(void)
{
	ticks++;
}

static noinline __noclone void test_missed_tock(void)
{
	tocks++;
}

static noinline __noclone void test_missed_slow(void)
{
	barrier();
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	test_missed_tick();
	test_missed_tock();
	if (ticks == TICKS) {
		complete(&ticked);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static int on_tick(struct kprobe *p, struct pt_regs *regs)
{
	atomic_inc(&counted);
	return 0;
}

static int before_tock(struct kprobe *p, struct pt_regs *regs)
{
	atomic_inc(&before);
	return 0;
}

static void behind_tock(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	atomic_inc(&behind);
}

static int on_slow(struct kprobe *p, struct pt_regs *regs)
{
	int i;

	for (i = 0; READ_ONCE(ticks) < SKIPPED && i < 200000; i++)
		udelay(10);
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = "test_missed_tick", .pre_handler = on_tick },
	{ .symbol_name = "test_missed_tock", .pre_handler = before_tock, .post_handler = behind_tock },
	{ .symbol_name = "test_missed_slow", .pre_handler = on_slow },
};

static int probe_begin(void)
{
	struct hrtimer timer;
	int ret = _stp_register_kprobes(probes, ARRAY_SIZE(probes));

	if (ret)
		return ret;
	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = tick;
	hrtimer_start(&timer, ns_to_ktime(PERIOD_NS), HRTIMER_MODE_REL_HARD);
	test_missed_slow();
	wait_for_completion(&ticked);
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
	return 0;
}

static void probe_end(void)
{
	dlog("counted %d of %d ticks", atomic_read(&counted), ticks);
	dlog("counted %d before and %d behind %d tocks", atomic_read(&before), atomic_read(&behind), tocks);
}
