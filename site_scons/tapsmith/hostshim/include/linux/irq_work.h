// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_IRQ_WORK_H
#define LINUX_IRQ_WORK_H

#include <host.h>
#include <linux/smp.h>
#include <linux/types.h>

struct irq_work {
	struct host_event event;
	void (*func)(struct irq_work *work);
};

static inline void host_irq_work(struct host_event *event)
{
	struct irq_work *work = container_of(event, struct irq_work, event);

	work->func(work);
}

#define IRQ_WORK_INIT(function) { .event = { .run = host_irq_work }, .func = (function) }
#define IRQ_WORK_INIT_HARD(function) IRQ_WORK_INIT(function)
#define IRQ_WORK_INIT_LAZY(function) IRQ_WORK_INIT(function)
#define DEFINE_IRQ_WORK(name, function) struct irq_work name = IRQ_WORK_INIT(function)
#define init_irq_work(work, function) ((void)(*(work) = (struct irq_work)IRQ_WORK_INIT(function)))
#define irq_work_queue(work) host_raise(host_self->cpu, &(work)->event)
#define irq_work_queue_on(work, cpu) host_raise(cpu, &(work)->event)
#define irq_work_sync(work) host_event_wait(&(work)->event)

#endif
