// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_IRQFLAGS_H
#define LINUX_IRQFLAGS_H

#include <host.h>
#include <linux/types.h>

#define raw_local_irq_disable() ((void)(host_self->irqs_off = 1))

static inline unsigned long host_irq_save(void)
{
	unsigned long flags = host_self->irqs_off;

	raw_local_irq_disable();
	return flags;
}

static inline void host_irq_restore(unsigned long flags)
{
	barrier();
	host_self->irqs_off = flags;
	if (!flags)
		host_window();
}

#define raw_local_irq_save(flags) ((void)((flags) = host_irq_save()))
#define raw_local_irq_restore(flags) host_irq_restore(flags)
#define raw_local_irq_enable() host_irq_restore(0)
#define raw_irqs_disabled() (host_self->irqs_off)
#define local_irq_save(flags) raw_local_irq_save(flags)
#define local_irq_restore(flags) raw_local_irq_restore(flags)
#define local_irq_disable() raw_local_irq_disable()
#define local_irq_enable() raw_local_irq_enable()
#define irqs_disabled() raw_irqs_disabled()
#define lockdep_assert_irqs_disabled() ((void)0)

#endif
