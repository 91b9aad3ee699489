// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_HRTIMER_H
#define LINUX_HRTIMER_H

#include <host.h>
#include <linux/ktime.h>
#include <linux/types.h>

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode {
	HRTIMER_MODE_ABS,
	HRTIMER_MODE_REL,
	HRTIMER_MODE_REL_PINNED = HRTIMER_MODE_REL,
	HRTIMER_MODE_REL_HARD = HRTIMER_MODE_REL,
	HRTIMER_MODE_REL_PINNED_HARD = HRTIMER_MODE_REL,
	HRTIMER_MODE_ABS_HARD = HRTIMER_MODE_ABS,
};

#define CLOCK_MONOTONIC 1

/* Each stays on the CPU that starts it. */
struct hrtimer {
	struct host_timer timer;
	enum hrtimer_restart (*function)(struct hrtimer *timer);
};

static inline int host_run_hrtimer(struct host_timer *timer)
{
	struct hrtimer *outer = container_of(timer, struct hrtimer, timer);

	return outer->function(outer) == HRTIMER_RESTART;
}

#define hrtimer_init(timer_, clock, mode) \
	((void)(*(timer_) = (struct hrtimer){ .timer = { .run = host_run_hrtimer } }))
#define hrtimer_init_on_stack(timer, clock, mode) hrtimer_init(timer, clock, mode)
#define destroy_hrtimer_on_stack(timer) ((void)0)
#define hrtimer_start(outer, time, mode) \
	host_timer_start(&(outer)->timer, (mode) == HRTIMER_MODE_ABS ? (u64)(time) : host_now() + (u64)(time))
#define hrtimer_cancel(outer) host_timer_cancel(&(outer)->timer)
#define hrtimer_try_to_cancel(outer) host_timer_cancel(&(outer)->timer)
#define hrtimer_active(outer) READ_ONCE((outer)->timer.armed)

static inline u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	u64 now = host_now(), periods;

	if (now < timer->timer.expires)
		return 0;
	periods = (now - timer->timer.expires) / interval + 1;
	timer->timer.expires += periods * interval;
	return periods;
}

#endif
