// SPDX-License-Identifier: GPL-2.0
/* hand_comm_stat: count, sum, least and greatest argument by name of process; the key is the name's 16 bytes. */
#include <linux/types.h>

#define KEY_WORDS 2

struct value {
	long count;
	long sum;
	long min;
	long max;
};

#include "hand_table.h"

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	const u64 *name = (const u64 *)current->comm;	/* x86: aligned or not */
	struct element *element = element_of(name[0], name[1]);
	long size = regs_get_kernel_argument(regs, 0);
	struct value *value;

	BUILD_BUG_ON(TASK_COMM_LEN != 2 * sizeof(*name));
	if (!element)
		return 0;
	value = &element->value;
	if (!value->count || size < value->min)
		value->min = size;
	if (!value->count || size > value->max)
		value->max = size;
	value->count++;
	value->sum += size;
	return 0;
}
