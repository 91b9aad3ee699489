// SPDX-License-Identifier: GPL-2.0
/*
 * timers: handlers called once a period, by one timer or by one on each CPU (to sample what runs there).
 *
 * Handlers run in a hard interrupt, on PREEMPT_RT, too, so with interrupts off, and may do what a kprobe's handler may. What
 * they interrupted is in their registers argument.
 *
 * A timer keeps to its periods. One that comes so late that further periods have begun (the handler took longer than a
 * period, or interrupts were off) is called once for all of them, and the others are counted as lost:
 *
 *   periods = handled + what the one line at unload calls lost
 *
 * CPUs that come up later have no timer of their own; where a CPU goes down, its timer ends.
 */
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <asm/irq_regs.h>

struct _stp_timer;

typedef void (*_stp_timer_handler)(struct _stp_timer *timer, struct pt_regs *regs);

/* The kernel's timer; cpu is where it must expire, or -1. */
struct _stp_clock {
	struct hrtimer hrtimer;
	struct _stp_timer *timer;
	int cpu;
};

/**
 * struct _stp_timer - a timer, or one on each CPU
 * @name: what the losses are told of; the caller's, may be NULL. All other members are the runtime's, and zero at first.
 *
 * It must stay where it is until the module goes.
 */
struct _stp_timer {
	const char *name;
	_stp_timer_handler handler;
	ktime_t period;
	struct _stp_hits hits;
	atomic_long_t overrun;
	bool running;
	struct list_head list;
	struct _stp_clock clock;		/* of a timer for all */
	struct _stp_clock __percpu *clocks;	/* of one on each CPU */
};

static LIST_HEAD(_stp_timers);
static DEFINE_MUTEX(_stp_timers_mutex);	/* the list, starting and stopping; no handler takes it */

static enum hrtimer_restart _stp_timer_expired(struct hrtimer *hrtimer)
{
	struct _stp_clock *clock = container_of(hrtimer, struct _stp_clock, hrtimer);
	struct _stp_timer *timer = clock->timer;

	if (clock->cpu >= 0 && clock->cpu != smp_processor_id())
		return HRTIMER_NORESTART;	/* moved here when its CPU went down */
	if (_stp_hits_enter(&timer->hits)) {
		timer->handler(timer, get_irq_regs());
		_stp_leave();
	}
	atomic_long_add(hrtimer_forward_now(hrtimer, timer->period) - 1, &timer->overrun);
	return READ_ONCE(_stp_deepest) ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

static void _stp_clock_init(struct _stp_clock *clock, struct _stp_timer *timer, int cpu)
{
	clock->timer = timer;
	clock->cpu = cpu;
#ifdef KERNEL_HAS_HRTIMER_SETUP
	hrtimer_setup(&clock->hrtimer, _stp_timer_expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(&clock->hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	clock->hrtimer.function = _stp_timer_expired;
#endif
}

/* Runs on each CPU. */
static void _stp_clock_start_here(void *timer)
{
	struct _stp_clock *clock = this_cpu_ptr(((struct _stp_timer *)timer)->clocks);

	hrtimer_start(&clock->hrtimer, clock->timer->period, HRTIMER_MODE_REL_PINNED_HARD);
}

static int _stp_timer_start_all(struct _stp_timer *timer)
{
	int cpu;

	if (!timer->clocks)
		timer->clocks = _stp_alloc_percpu(sizeof(*timer->clocks));
	if (!timer->clocks)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		_stp_clock_init(per_cpu_ptr(timer->clocks, cpu), timer, cpu);
	on_each_cpu(_stp_clock_start_here, timer, 1);
	return 0;
}

static int _stp_timer_start_one(struct _stp_timer *timer)
{
	_stp_clock_init(&timer->clock, timer, -1);
	hrtimer_start(&timer->clock.hrtimer, timer->period, HRTIMER_MODE_REL_HARD);
	return 0;
}

static void _stp_timer_cancel(struct _stp_timer *timer)
{
	int cpu;

	hrtimer_cancel(&timer->clock.hrtimer);
	if (timer->clocks)
		for_each_possible_cpu(cpu)
			hrtimer_cancel(&per_cpu_ptr(timer->clocks, cpu)->hrtimer);
	timer->running = false;
}

static const char *_stp_timer_name(const struct _stp_timer *timer)
{
	return timer->name ?: "a timer";
}

/* Takes a timer that was never started into the list. */
static int _stp_timer_enlist(struct _stp_timer *timer)
{
	if (timer->hits.handled)
		return 0;
	if (_stp_hits_init(&timer->hits))
		return -ENOMEM;
	_stp_clock_init(&timer->clock, timer, -1);
	list_add_tail(&timer->list, &_stp_timers);
	return 0;
}

static int _stp_timer_begin(struct _stp_timer *timer, u64 period_ns, _stp_timer_handler handler,
			    int (*start)(struct _stp_timer *timer))
{
	int ret;

	if (period_ns < TIMER_LEAST_NS || period_ns > KTIME_MAX || !handler) {
		pr_err("%s: no handler, or a period of less than TIMER_LEAST_NS = %d ns\n", _stp_timer_name(timer),
		       TIMER_LEAST_NS);
		return -EINVAL;
	}
	mutex_lock(&_stp_timers_mutex);
	ret = timer->running ? -EBUSY : _stp_timer_enlist(timer);
	if (!ret) {
		timer->period = ns_to_ktime(period_ns);
		timer->handler = handler;
		ret = start(timer);
		timer->running = !ret;
	}
	mutex_unlock(&_stp_timers_mutex);
	if (ret == -EBUSY)
		pr_err("%s runs already\n", _stp_timer_name(timer));
	return ret;
}

/**
 * _stp_timer_start() - call a handler once a period, from now on
 * @timer:     all zero but for its name, or one that was stopped
 * @period_ns: nanoseconds, TIMER_LEAST_NS at the least; the first call is one period from now
 * @handler:   called with @timer and the registers of what it interrupted (NULL if the interrupt keeps none)
 *
 * Context: process, may sleep.
 * Return: 0, or -errno after a message.
 */
static inline int _stp_timer_start(struct _stp_timer *timer, u64 period_ns, _stp_timer_handler handler)
{
	return _stp_timer_begin(timer, period_ns, handler, _stp_timer_start_one);
}

/**
 * _stp_timer_start_on_each_cpu() - the same on each CPU that is up, by a timer of its own
 * @timer:     all zero but for its name, or one that was stopped
 * @period_ns: as for _stp_timer_start()
 * @handler:   likewise; may run on several CPUs at once
 *
 * Context: process, may sleep.
 * Return: 0, or -errno after a message.
 */
static inline int _stp_timer_start_on_each_cpu(struct _stp_timer *timer, u64 period_ns, _stp_timer_handler handler)
{
	return _stp_timer_begin(timer, period_ns, handler, _stp_timer_start_all);
}

/**
 * _stp_timer_stop() - stop a timer, and wait until its handler does not run
 * @timer: one that does not run is left alone
 *
 * A probe's end need not do it: the module does at its stop.
 * Context: process.
 */
static void _stp_timer_stop(struct _stp_timer *timer)
{
	mutex_lock(&_stp_timers_mutex);
	if (timer->running)
		_stp_timer_cancel(timer);
	mutex_unlock(&_stp_timers_mutex);
}

/* Hook stop. */
static void _stp_timers_stop(void)
{
	struct _stp_timer *timer;

	mutex_lock(&_stp_timers_mutex);
	list_for_each_entry(timer, &_stp_timers, list)
		if (timer->running)
			_stp_timer_cancel(timer);
	mutex_unlock(&_stp_timers_mutex);
}

/* Hook report. */
static void _stp_timers_report(void)
{
	struct _stp_timer *timer;

	list_for_each_entry(timer, &_stp_timers, list) {
		long overrun = atomic_long_read(&timer->overrun);

		_stp_hits_report(&timer->hits, overrun, NULL, 0, "%s: %ld periods overrun, ", _stp_timer_name(timer), overrun);
	}
}

/* Hook exit. */
static void _stp_timers_exit(void)
{
	struct _stp_timer *timer;

	list_for_each_entry(timer, &_stp_timers, list) {
		_stp_hits_free(&timer->hits);
		free_percpu(timer->clocks);
	}
}
