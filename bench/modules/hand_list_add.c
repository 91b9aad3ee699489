// SPDX-License-Identifier: GPL-2.0
/* hand_list_add: arguments in the order in which they came, in a list of elements that are allocated at load. */
#include "hand.h"

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#define ELEMENTS 4000

struct element {
	struct list_head node;
	long value;
};

static struct element *elements;
static unsigned int used;
static unsigned long refused;
static LIST_HEAD(list);
static DEFINE_RAW_SPINLOCK(lock);

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	if (likely(used < ELEMENTS)) {
		struct element *element = &elements[used++];

		element->value = regs_get_kernel_argument(regs, 0);
		list_add_tail(&element->node, &list);
	} else {
		refused++;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return 0;
}

static int begin(void)
{
	elements = kvcalloc(ELEMENTS, sizeof(*elements), GFP_KERNEL);
	return elements ? 0 : -ENOMEM;
}

static void end(void)
{
	struct element *element;
	long total = 0;

	list_for_each_entry(element, &list, node)
		total++;
	pr_info("total %ld\n", total);
	kvfree(elements);
}
