// SPDX-License-Identifier: GPL-2.0
/* hand_two_longs: hits of each process with each argument; the key is two numbers. */
#include <linux/types.h>

#define KEY_WORDS 2

struct value {
	long count;
};

#include "hand_table.h"

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	struct element *element = element_of(current->pid, regs_get_kernel_argument(regs, 0));

	if (element)
		element->value.count++;
	return 0;
}
