// SPDX-License-Identifier: GPL-2.0
/* hand_histogram: a histogram of arguments by powers of two for each process. */
#include <linux/bitops.h>
#include <linux/types.h>

#define KEY_WORDS 1

struct value {
	long count;
	long buckets[65];
};

#include "hand_table.h"

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	long size = regs_get_kernel_argument(regs, 0);
	struct element *element = element_of(current->pid, 0);

	if (!element)
		return 0;
	element->value.count++;
	element->value.buckets[size < 1 ? 0 : __fls(size) + 1]++;
	return 0;
}
