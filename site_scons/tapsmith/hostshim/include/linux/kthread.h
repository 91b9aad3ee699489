// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_KTHREAD_H
#define LINUX_KTHREAD_H

#include <host.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sprintf.h>

#define kthread_create(function, data, fmt, ...)                                \
	({                                                                      \
		char _comm[16];                                                 \
		snprintf(_comm, sizeof(_comm), fmt, ##__VA_ARGS__);             \
		host_thread_new(function, data, _comm) ?: ERR_PTR(-ENOMEM);     \
	})
#define kthread_run(function, data, fmt, ...)                                            \
	({                                                                               \
		struct task_struct *_task = kthread_create(function, data, fmt, ##__VA_ARGS__); \
		if (!IS_ERR(_task))                                                      \
			host_thread_wake(_task);                                         \
		_task;                                                                   \
	})
#define kthread_bind(task, to) ((void)((task)->cpu = (to)))
#define kthread_create_on_cpu(function, data, to, fmt)                               \
	({                                                                           \
		struct task_struct *_task = kthread_create(function, data, fmt, to); \
		if (!IS_ERR(_task))                                                  \
			kthread_bind(_task, to);                                     \
		_task;                                                               \
	})
#define kthread_should_stop() __atomic_load_n(&host_self->stopping, __ATOMIC_ACQUIRE)
#define kthread_stop(task) host_thread_stop(task)

#endif
