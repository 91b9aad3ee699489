// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_SCHED_H
#define LINUX_SCHED_H

#include <host.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>

#define current host_self
#define TASK_COMM_LEN 16
#define TASK_RUNNING 0
#define TASK_INTERRUPTIBLE 1
#define TASK_UNINTERRUPTIBLE 2

#define cond_resched() host_resched()
#define schedule() host_idle()
#define yield() host_idle()
#define task_pid_nr(task) ((task)->pid)
#define task_tgid_nr(task) ((task)->tgid)
#define wake_up_process(task) host_thread_wake(task)
/* Who sleeps after this looks at what woke it from here on. */
#define set_current_state(state) __atomic_store_n(&host_self->awake, (state) == TASK_RUNNING, __ATOMIC_SEQ_CST)
#define __set_current_state(state) set_current_state(state)

static inline long schedule_timeout(long timeout)
{
	unsigned long long end = host_now() + jiffies_to_nsecs(timeout);

	while (host_now() < end && !__atomic_load_n(&host_self->awake, __ATOMIC_ACQUIRE))
		host_idle();
	return 0;
}

static inline long schedule_timeout_interruptible(long timeout)
{
	set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

#define schedule_timeout_uninterruptible(timeout) schedule_timeout_interruptible(timeout)

#endif
