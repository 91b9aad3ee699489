// SPDX-License-Identifier: GPL-2.0
/*
 * empty: a kprobe that does nothing. What is left of a figure without this one's is the price of what a handler does.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe probe = { .symbol_name = "hit_cost_target", .pre_handler = hit };

static int __init empty_init(void)
{
	return register_kprobe(&probe);
}

static void __exit empty_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(empty_init);
module_exit(empty_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A kprobe that does nothing");
