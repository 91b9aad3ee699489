// SPDX-License-Identifier: GPL-2.0
/* hand_long_count: hits of each process; the key is a number. */
#include <linux/types.h>

#define KEY_WORDS 1

struct value {
	long count;
};

#include "hand_table.h"

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	struct element *element = element_of(current->pid, 0);

	if (element)
		element->value.count++;
	return 0;
}
