// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_COMPLETION_H
#define LINUX_COMPLETION_H

#include <host.h>
#include <linux/atomic.h>
#include <linux/sched.h>

struct completion {
	atomic_t done;
};

#define COMPLETION_INITIALIZER(name) { ATOMIC_INIT(0) }
#define DECLARE_COMPLETION(name) struct completion name = COMPLETION_INITIALIZER(name)
#define DECLARE_COMPLETION_ONSTACK(name) DECLARE_COMPLETION(name)
#define init_completion(completion) atomic_set(&(completion)->done, 0)
#define reinit_completion(completion) atomic_set(&(completion)->done, 0)
#define complete(completion) ((void)atomic_inc_return(&(completion)->done))
#define complete_all(completion) ((void)atomic_add_return(1 << 30, &(completion)->done))
#define completion_done(completion) (atomic_read_acquire(&(completion)->done) > 0)

static inline bool try_wait_for_completion(struct completion *completion)
{
	return atomic_add_unless(&completion->done, -1, 0);
}

static inline void wait_for_completion(struct completion *completion)
{
	while (!try_wait_for_completion(completion))
		host_idle();
}

static inline unsigned long wait_for_completion_timeout(struct completion *completion, unsigned long timeout)
{
	unsigned long long end = host_now() + jiffies_to_nsecs(timeout);

	while (!try_wait_for_completion(completion)) {
		if (host_now() >= end)
			return 0;
		host_idle();
	}
	return 1;
}

#endif
