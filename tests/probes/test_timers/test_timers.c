// SPDX-License-Identifier: GPL-2.0
/*
 * A timer whose handler takes several periods the first times; a timer on each CPU; a timer that still runs at the end.
 * How many periods have passed is seen from when the kernel's timer was to expire first, and when it would next.
 */
#include <linux/completion.h>
#include <linux/delay.h>

#define PERIOD_NS (2 * NSEC_PER_MSEC)
#define SLOW_CALLS 10
#define CALLS 40
#define CALLS_ON_EACH 5

static struct _stp_timer slow = { .name = "the slow timer" }, each = { .name = "the timer of each CPU" }, last;
static ktime_t first;
static int calls;
static DEFINE_PER_CPU(int, calls_here);
static DECLARE_COMPLETION(called);
static DECLARE_COMPLETION(called_here);
static atomic_t lacking;		/* CPUs that were not called often enough */
static atomic_t ran = ATOMIC_INIT(0);

static void take(u64 ns)
{
	ktime_t end = ktime_add_ns(ktime_get(), ns);

	while (ktime_before(ktime_get(), end))
		cpu_relax();
}

static void on_slow(struct _stp_timer *timer, struct pt_regs *regs)
{
	if (!calls)
		first = hrtimer_get_expires(&timer->clock.hrtimer);
	CHECK(in_hardirq() && irqs_disabled() && regs && _stp_level_now() == 1);
	if (calls++ < SLOW_CALLS)
		take(3 * PERIOD_NS);
	if (calls == CALLS)
		complete(&called);
}

static void on_each(struct _stp_timer *timer, struct pt_regs *regs)
{
	if (this_cpu_inc_return(calls_here) == CALLS_ON_EACH && atomic_dec_and_test(&lacking))
		complete(&called_here);
}

static void on_last(struct _stp_timer *timer, struct pt_regs *regs)
{
	atomic_inc(&ran);
}

static void test_overruns(void)
{
	CHECK(!_stp_timer_start(&slow, PERIOD_NS, on_slow));
	CHECK(_stp_timer_start(&slow, PERIOD_NS, on_slow) == -EBUSY);
	wait_for_completion(&called);
	_stp_timer_stop(&slow);
	dlog("%d calls in %lld periods", calls,
	     ktime_divns(ktime_sub(hrtimer_get_expires(&slow.clock.hrtimer), first), PERIOD_NS));
}

static void test_each_cpu(void)
{
	atomic_set(&lacking, num_online_cpus());
	CHECK(!_stp_timer_start_on_each_cpu(&each, 100 * NSEC_PER_MSEC, on_each));
	wait_for_completion(&called_here);
	_stp_timer_stop(&each);
}

static int probe_begin(void)
{
	CHECK(_stp_timer_start(&last, 999, on_last) == -EINVAL);
	CHECK(_stp_timer_start(&last, PERIOD_NS, NULL) == -EINVAL);
	_stp_timer_stop(&last);
	test_overruns();
	test_each_cpu();
	CHECK(!_stp_timer_start(&last, 100 * NSEC_PER_MSEC, on_last));
	while (!atomic_read(&ran))
		msleep(10);
	_stp_timer_stop(&last);
	return _stp_timer_start(&last, 100 * NSEC_PER_MSEC, on_last);
}

static void probe_end(void)
{
	int cpu, before = atomic_read(&ran);

	for_each_online_cpu(cpu)
		CHECK(per_cpu(calls_here, cpu) >= CALLS_ON_EACH);
	msleep(200);
	CHECK(atomic_read(&ran) == before);
}
