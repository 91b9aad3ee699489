// SPDX-License-Identifier: GPL-2.0
/*
 * hit_cost_target: a function to probe, called in a loop between two readings of the clock.
 *
 *     echo 1000 >/sys/module/hit_cost_target/parameters/hits      calls it 1000 times
 *     echo 1000 >/sys/module/hit_cost_target/parameters/turns     turns 1000 times in a loop of two instructions
 *     cat /sys/module/hit_cost_target/parameters/cycles           cycles of the time-stamp counter that this took
 *
 * Interrupts are off meanwhile, so that nothing else is in the figure. The second loop tells what one cycle is.
 */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <asm/tsc.h>

void hit_cost_target(long value);

static unsigned long cycles;
module_param(cycles, ulong, 0444);

/* Is given the same value each time, so that all calls are alike. */
noinline void hit_cost_target(long value)
{
	asm volatile("" : : "r"(value));
}

static void hit(unsigned int times)
{
	while (times--)
		hit_cost_target(100);
}

static void turn(unsigned int times)
{
	asm volatile("1: dec %0; jnz 1b" : "+r"(times) : : "cc");
}

static int timed(void (*loop)(unsigned int), const char *text)
{
	unsigned long flags, begin;
	unsigned int times;
	int ret = kstrtouint(text, 0, &times);

	if (ret || !times)
		return ret ?: -EINVAL;
	local_irq_save(flags);
	begin = get_cycles();
	loop(times);
	cycles = get_cycles() - begin;
	local_irq_restore(flags);
	return 0;
}

static int set_hits(const char *text, const struct kernel_param *param)
{
	return timed(hit, text);
}

static int set_turns(const char *text, const struct kernel_param *param)
{
	return timed(turn, text);
}

static const struct kernel_param_ops hits_ops = { .set = set_hits };
static const struct kernel_param_ops turns_ops = { .set = set_turns };

module_param_cb(hits, &hits_ops, NULL, 0200);
module_param_cb(turns, &turns_ops, NULL, 0200);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A function to probe, and what a number of calls costs");
