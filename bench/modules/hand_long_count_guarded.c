// SPDX-License-Identifier: GPL-2.0
/*
 * hand_long_count_guarded: hand_long_count, with what keeps the table whole where something interrupts the handler.
 *
 * Interrupts are off for the update; a counter of entries bounds how deep handlers nest; an NMI that finds the table
 * being changed keeps off. What is skipped is counted.
 */
#include <linux/types.h>

#define KEY_WORDS 1
#define DEEPEST 4

struct value {
	long count;
};

#include "hand_table.h"

static DEFINE_PER_CPU(int, level);	/* handlers that run on this CPU, the interrupted ones counted */
static DEFINE_PER_CPU(int, busy);	/* whether this CPU's table is being changed */
static DEFINE_PER_CPU(unsigned long, skipped);

static __always_inline void add(u64 key)
{
	struct element *element;
	unsigned long flags;

	local_irq_save(flags);
	if (likely(!raw_cpu_read(busy))) {
		raw_cpu_write(busy, 1);
		barrier();
		element = element_of(key, 0);
		if (element)
			element->value.count++;
		barrier();
		raw_cpu_write(busy, 0);
	} else {
		raw_cpu_inc(skipped);
	}
	local_irq_restore(flags);
}

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	raw_cpu_inc(level);
	barrier();
	if (likely(raw_cpu_read(level) <= DEEPEST))
		add(current->pid);
	else
		raw_cpu_inc(skipped);
	barrier();
	raw_cpu_dec(level);
	return 0;
}
