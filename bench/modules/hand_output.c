// SPDX-License-Identifier: GPL-2.0
/* hand_output: a line for each hit. */
#include "hand.h"

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	pr_info("%s %d\n", current->comm, current->pid);
	return 0;
}

static int begin(void)
{
	return 0;
}

static void end(void)
{
}
