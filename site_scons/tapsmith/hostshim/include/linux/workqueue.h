// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_WORKQUEUE_H
#define LINUX_WORKQUEUE_H

#include <host.h>
#include <linux/smp.h>
#include <linux/types.h>

struct work_struct {
	struct host_work work;
	void (*func)(struct work_struct *work);
};

static inline void host_run_work(struct host_work *work)
{
	struct work_struct *outer = container_of(work, struct work_struct, work);

	host_self->work = outer;
	outer->func(outer);
	host_self->work = NULL;
}

struct workqueue_struct;
#define system_wq ((struct workqueue_struct *)NULL)
#define system_unbound_wq system_wq
#define system_long_wq system_wq
#define system_highpri_wq system_wq

#define __WORK_INITIALIZER(name, function) { .work = { .run = host_run_work }, .func = (function) }
#define DECLARE_WORK(name, function) struct work_struct name = __WORK_INITIALIZER(name, function)
#define INIT_WORK(work, function) ((void)(*(work) = (struct work_struct)__WORK_INITIALIZER(, function)))
#define schedule_work(item) host_work_queue(host_self->cpu, &(item)->work)
#define schedule_work_on(cpu, item) host_work_queue(cpu, &(item)->work)
#define queue_work(queue, item) schedule_work(item)
#define queue_work_on(cpu, queue, item) schedule_work_on(cpu, item)
#define flush_work(item) host_work_wait(&(item)->work)
#define current_work() ((struct work_struct *)host_self->work)
#define work_pending(item) READ_ONCE((item)->work.pending)

static inline bool cancel_work_sync(struct work_struct *item)
{
	bool was = host_work_cancel(&item->work);

	host_work_wait(&item->work);
	return was;
}

#endif
