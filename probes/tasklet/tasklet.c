// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet: handlers work in any context, and here is the proof.
 *
 * A function of this module is called a known number of times from a task (probe_begin() itself), from a tasklet, which is
 * a softirq, and from a timer that expires in a hard interrupt. The probe on it asks the kernel where it is, and counts
 * that in a map. At unload:
 *
 *     tasklet: 5 hits in a task
 *     tasklet: 20 hits in a softirq
 *     tasklet: 10 hits in a hard interrupt
 *     tasklet: 35 calls
 *
 * On PREEMPT_RT a softirq runs in a thread that may be preempted; it is one all the same, and a line says so.
 *
 * The kernel's answer is true since a probe at a function's entry is an ftrace call on x86-64. A handler that is reached by a
 * breakpoint (within a function, until the kernel has put a jump there) would find itself in an NMI always.
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>

#define TASK_CALLS 5
#define SOFTIRQ_CALLS 20
#define HARDIRQ_CALLS 10

enum { TASK = 1, SOFTIRQ, HARDIRQ };

static MAP hits;		/* context -> hits */
static atomic_t calls = ATOMIC_INIT(0);
static DECLARE_COMPLETION(expired);

/* The probed function; the compiler must leave it one, with its name. */
static noinline __noclone void tasklet_tick(void)
{
	atomic_inc(&calls);
}

static int ticked(struct kprobe *p, struct pt_regs *regs)
{
	_stp_map_key_long(hits, in_hardirq() ? HARDIRQ : in_serving_softirq() ? SOFTIRQ : TASK);
	_stp_map_add_int64(hits, 1);
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = "tasklet_tick", .pre_handler = ticked },
};

static void in_softirq_context(struct tasklet_struct *tasklet)
{
	tasklet_tick();
}

static enum hrtimer_restart in_hardirq_context(struct hrtimer *timer)
{
	tasklet_tick();
	complete(&expired);
	return HRTIMER_NORESTART;
}

static DECLARE_TASKLET(tasklet, in_softirq_context);

static void call_from_everywhere(void)
{
	struct hrtimer timer;
	int i;

	for (i = 0; i < TASK_CALLS; i++)
		tasklet_tick();

	for (i = 0; i < SOFTIRQ_CALLS; i++) {
		tasklet_schedule(&tasklet);
		tasklet_kill(&tasklet);		/* waits until it has run */
	}

	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = in_hardirq_context;
	for (i = 0; i < HARDIRQ_CALLS; i++) {
		hrtimer_start(&timer, ns_to_ktime(100 * NSEC_PER_USEC), HRTIMER_MODE_REL_HARD);
		wait_for_completion(&expired);
	}
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
}

static int probe_begin(void)
{
	int ret;

	hits = _stp_map_new(3, INT64);
	if (!hits)
		return -ENOMEM;
	ret = _stp_register_kprobes(probes, ARRAY_SIZE(probes));
	if (!ret)
		call_from_everywhere();
	return ret;
}

static void tell(int context, const char *name)
{
	_stp_map_key_long(hits, context);
	dlog("%lld hits in %s", _stp_map_get_int64(hits), name);
}

static void probe_end(void)
{
	tell(TASK, "a task");
	tell(SOFTIRQ, "a softirq");
	tell(HARDIRQ, "a hard interrupt");
	dlog("%d calls", atomic_read(&calls));
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		dlog("softirqs run in threads here (PREEMPT_RT)");
}
