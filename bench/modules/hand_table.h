/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hash table on each CPU, chained; its elements are allocated at load and never removed.
 *
 * Who includes it says how many words a key has (KEY_WORDS), defines struct value with a member count, and
 * writes hit().
 * The table of a CPU is that CPU's alone: no lock.
 */
#include <linux/hash.h>
#include <linux/mm.h>

#include "hand.h"

#define TABLE_BITS 10
#define ELEMENTS 1000

struct element {
	struct element *next;
	u64 key1, key2;		/* the second is 0 where keys have one word */
	struct value value;
};

struct table {
	struct element *chains[1 << TABLE_BITS];
	unsigned int used;
	unsigned long refused;
	struct element elements[ELEMENTS];
};

static DEFINE_PER_CPU(struct table *, tables);

static noinline struct element *create(struct table *table, struct element **chain, u64 key1, u64 key2)
{
	struct element *element;

	if (table->used == ELEMENTS) {
		table->refused++;
		return NULL;
	}
	element = &table->elements[table->used++];
	element->key1 = key1;
	element->key2 = key2;
	element->next = *chain;
	*chain = element;
	return element;
}

/* The element of a key of one or two words, created where it is not there yet; NULL if the table is full. */
static __always_inline struct element *element_of(u64 key1, u64 key2)
{
	struct table *table = __this_cpu_read(tables);
	struct element **chain = &table->chains[hash_64(key1 ^ key2 * GOLDEN_RATIO_64, TABLE_BITS)];
	struct element *element = *chain;

	while (element && (element->key1 != key1 || (KEY_WORDS == 2 && element->key2 != key2)))
		element = element->next;
	return likely(element) ? element : create(table, chain, key1, key2);
}

static void end(void)
{
	long total = 0;
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct table *table = per_cpu(tables, cpu);

		for (i = 0; table && i < table->used; i++)
			total += table->elements[i].value.count;
		kvfree(table);
	}
	pr_info("total %ld\n", total);
}

static int begin(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct table *table = kvzalloc_node(sizeof(*table), GFP_KERNEL, cpu_to_node(cpu));

		if (!table) {
			end();
			return -ENOMEM;
		}
		per_cpu(tables, cpu) = table;
	}
	return 0;
}
