/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the hand-written modules have in common: a kprobe whose handler is hit(), set up by begin() and ended by end().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>

static int begin(void);
static void end(void);
static int hit(struct kprobe *kp, struct pt_regs *regs);

static struct kprobe probe = { .symbol_name = "hit_cost_target", .pre_handler = hit };

static int __init hand_init(void)
{
	int ret = begin();

	if (ret)
		return ret;
	ret = register_kprobe(&probe);
	if (ret)
		end();
	return ret;
}

static void __exit hand_exit(void)
{
	unregister_kprobe(&probe);
	end();
}

module_init(hand_init);
module_exit(hand_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("One operation on each hit, written by hand");
