// SPDX-License-Identifier: GPL-2.0
/*
 * hand_long_count: hits of each process, counted in a hash table on each CPU.
 *
 * Elements are allocated at load, chained, and never removed. With GUARDED defined (see hand_long_count_guarded.c) the
 * handler also does what keeps the table whole where a probe interrupts the handler.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#define BITS 9
#define ELEMENTS 512

struct element {
	struct element *next;
	long key;
	long count;
};

struct table {
	struct element *chains[1 << BITS];
	unsigned int used;
	unsigned long refused;
	struct element elements[ELEMENTS];
};

static struct table __percpu *tables;

static noinline struct element *create(struct table *table, struct element **chain, long key)
{
	struct element *element;

	if (table->used == ELEMENTS) {
		table->refused++;
		return NULL;
	}
	element = &table->elements[table->used++];
	element->key = key;
	element->next = *chain;
	*chain = element;
	return element;
}

static __always_inline void count(long key)
{
	struct table *table = raw_cpu_ptr(tables);
	struct element **chain = &table->chains[hash_64(key, BITS)];
	struct element *element = *chain;

	while (element && element->key != key)
		element = element->next;
	if (unlikely(!element))
		element = create(table, chain, key);
	if (likely(element))
		element->count++;
}

#ifdef GUARDED

#define DEEPEST 4

static DEFINE_PER_CPU(int, level);	/* handlers that run on this CPU, the interrupted ones counted */
static DEFINE_PER_CPU(int, busy);	/* this CPU's table is being changed: an NMI keeps off */
static DEFINE_PER_CPU(unsigned long, skipped);

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long flags;

	if (unlikely(raw_cpu_read(level) >= DEEPEST)) {
		raw_cpu_inc(skipped);
		return 0;
	}
	raw_cpu_inc(level);
	barrier();
	local_irq_save(flags);
	if (likely(!raw_cpu_read(busy))) {
		raw_cpu_write(busy, 1);
		barrier();
		count(current->pid);
		barrier();
		raw_cpu_write(busy, 0);
	} else {
		raw_cpu_inc(skipped);
	}
	local_irq_restore(flags);
	barrier();
	raw_cpu_dec(level);
	return 0;
}

#else

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	count(current->pid);
	return 0;
}

#endif

static struct kprobe probe = { .symbol_name = "hit_cost_target", .pre_handler = hit };

static int __init hand_init(void)
{
	int ret;

	tables = alloc_percpu(struct table);
	if (!tables)
		return -ENOMEM;
	ret = register_kprobe(&probe);
	if (ret)
		free_percpu(tables);
	return ret;
}

static void __exit hand_exit(void)
{
	long total = 0;
	unsigned int i;
	int cpu;

	unregister_kprobe(&probe);
	for_each_possible_cpu(cpu) {
		struct table *table = per_cpu_ptr(tables, cpu);

		for (i = 0; i < table->used; i++)
			total += table->elements[i].count;
	}
	pr_info("total %ld\n", total);
	free_percpu(tables);
}

module_init(hand_init);
module_exit(hand_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hits of each process, counted by hand");
