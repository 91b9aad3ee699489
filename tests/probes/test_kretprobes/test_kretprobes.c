// SPDX-License-Identifier: GPL-2.0
/*
 * Kretprobes on functions of this module, which probe_begin() calls a known number of times: with data and an entry handler that
 * declines some calls; deeper than there are instances; from a timer while another handler takes its time; and by threads that
 * are still in it when the probe ends.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>

#define SQUARES 30
#define DEPTH 20
#define OWN 5			/* the second probe's own .maxactive */
#define TICKS 400
#define SKIPPED 300		/* at the least: the slow handler waits for so many */
#define PERIOD_NS (100 * NSEC_PER_USEC)
#define WAITERS 3

struct call {
	long argument;
};

static long squares, declined, wrong;
static atomic_t returns[2], ticks_left;
static int ticks;
static DECLARE_COMPLETION(ticked);
static DECLARE_COMPLETION(inside);
static DECLARE_COMPLETION(go_on);
static struct task_struct *waiters[WAITERS];

static noinline __noclone long test_kretprobes_square(long n)
{
	barrier();
	return n * n;
}

/* The barrier behind the call keeps it a call: a jump would return only once. */
static noinline __noclone long test_kretprobes_deep(long n)
{
	long sum = n ? test_kretprobes_deep(n - 1) : 0;

	barrier();
	return sum + n;
}

static noinline __noclone void test_kretprobes_tick(void)
{
	ticks++;
}

static noinline __noclone void test_kretprobes_slow(void)
{
	barrier();
}

static noinline __noclone void test_kretprobes_wait(void)
{
	complete(&inside);
	wait_for_completion(&go_on);
}

static int waiter(void *unused)
{
	test_kretprobes_wait();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	test_kretprobes_tick();
	if (ticks == TICKS) {
		complete(&ticked);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static int enter_square(struct kretprobe_instance *ri, struct pt_regs *regs);

static int leave_square(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	long argument = ((struct call *)ri->data)->argument;

	squares++;
	if (regs_return_value(regs) != argument * argument)
		wrong++;
	return 0;
}

static int leave_deep(struct kretprobe_instance *ri, struct pt_regs *regs);

static int leave_tick(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	atomic_inc(&ticks_left);
	return 0;
}

static int leave_slow(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	int i;

	for (i = 0; READ_ONCE(ticks) < SKIPPED && i < 200000; i++)
		udelay(10);
	return 0;
}

static struct kretprobe probes[] = {
	{ .kp.addr = (kprobe_opcode_t *)"test_kretprobes_square", .handler = leave_square, .entry_handler = enter_square,
	  .data_size = sizeof(struct call) },
	{ .kp.symbol_name = "test_kretprobes_deep", .handler = leave_deep },
	{ .kp.symbol_name = "test_kretprobes_deep", .handler = leave_deep, .maxactive = OWN },
	{ .kp.symbol_name = "test_kretprobes_tick", .handler = leave_tick },
	{ .kp.symbol_name = "test_kretprobes_slow", .handler = leave_slow },
	{ .kp.symbol_name = "test_kretprobes_wait" },
};

/* Odd numbers are declined: then no return is wanted. */
static int enter_square(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	long argument = regs_get_kernel_argument(regs, 0);

	((struct call *)ri->data)->argument = argument;
	if (_stp_kretprobe_user(ri) != &probes[0])
		wrong++;
	if (!(argument & 1))
		return 0;
	declined++;
	return 1;
}

static int leave_deep(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	atomic_inc(&returns[_stp_kretprobe_user(ri) - &probes[1]]);
	return 0;
}

static void tick_while_a_handler_runs(void)
{
	struct hrtimer timer;

	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = tick;
	hrtimer_start(&timer, ns_to_ktime(PERIOD_NS), HRTIMER_MODE_REL_HARD);
	test_kretprobes_slow();
	wait_for_completion(&ticked);
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
}

static void wait_in_threads(void)
{
	int i;

	for (i = 0; i < WAITERS; i++) {
		waiters[i] = kthread_run(waiter, NULL, "waiter");
		if (CHECK(!IS_ERR(waiters[i])))
			wait_for_completion(&inside);
	}
}

static void end_threads(void)
{
	int i;

	complete_all(&go_on);
	for (i = 0; i < WAITERS; i++)
		if (!IS_ERR_OR_NULL(waiters[i]))
			kthread_stop(waiters[i]);
}

static int probe_begin(void)
{
	struct kretprobe unknown = { .kp.symbol_name = "test_kretprobes_no_such_function" };
	int i, ret;

	CHECK(_stp_register_kretprobes(&unknown, 1) == -ENOENT);
	ret = _stp_register_kretprobes(probes, ARRAY_SIZE(probes));
	if (ret)
		return ret;
	CHECK(_stp_register_kretprobes(probes, ARRAY_SIZE(probes)) == -EBUSY);
	CHECK(probes[1].kp.addr != NULL);
	for (i = 0; i < SQUARES; i++)
		CHECK(test_kretprobes_square(i) == (long)i * i);
	CHECK(test_kretprobes_deep(DEPTH - 1) == DEPTH * (DEPTH - 1) / 2);
	tick_while_a_handler_runs();
	_stp_unregister_kretprobes(probes, ARRAY_SIZE(probes));
	CHECK(probes[1].kp.addr == NULL);
	test_kretprobes_square(2);
	ret = _stp_register_kretprobes(probes, ARRAY_SIZE(probes));
	if (!ret)
		wait_in_threads();
	return ret;
}

static void probe_end(void)
{
	CHECK(squares == SQUARES / 2);
	CHECK(declined == SQUARES / 2);
	CHECK(wrong == 0);
	CHECK(atomic_read(&returns[0]) == KRETPROBE_MAXACTIVE);
	CHECK(atomic_read(&returns[1]) == OWN);
	end_threads();
	dlog("%d of %d ticks returned", atomic_read(&ticks_left), ticks);
}
