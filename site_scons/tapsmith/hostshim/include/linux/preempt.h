// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_PREEMPT_H
#define LINUX_PREEMPT_H

#include <host.h>
#include <linux/compiler.h>

/* A thread gives its CPU away only where it sleeps; one that sleeps with preemption off is a mistake, see host_idle(). */
#define preempt_disable() ((void)host_self->preempt_off++)
#define preempt_enable() ((void)host_self->preempt_off--)
#define preempt_disable_notrace() preempt_disable()
#define preempt_enable_notrace() preempt_enable()
#define preempt_enable_no_resched() preempt_enable()
#define preempt_count() (host_self->preempt_off + host_self->hardirq)
#define preemptible() (!preempt_count() && !host_self->irqs_off)
#define in_hardirq() (host_self->hardirq)
#define in_irq() in_hardirq()
#define in_interrupt() in_hardirq()
#define in_task() (!host_self->hardirq)
#define in_nmi() 0
#define in_serving_softirq() 0
#define in_softirq() 0

#endif
