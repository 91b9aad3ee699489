// SPDX-License-Identifier: GPL-2.0
/*
 * Maps per CPU: each CPU adds in an interrupt, in a random order; a model for each CPU, merged as simply as can be, shows
 * what the map has to show when it is read as one.
 */
#include <linux/cpu.h>
#include <linux/smp.h>

#define CPUS 4

static struct shared {
	struct subject subject; /* chooses keys; its model has the key that is chosen */
	PMAP map;
	u64 serial;
	struct model parts[CPUS];
	struct model merged;
} shared[] = {
	{ .subject = { .name = "numbers per CPU", .model = { .type = NUMBERS, .bound = 16 } } },
	{ .subject = { .name = "stats per CPU", .model = { .type = STATS, .bound = 16, .refuse = 1 } } },
};

/* Adds on the CPU where it is called, in a handler or in process code. */
static void add_here(void *data)
{
	struct shared *on = data;
	struct model *part = &on->parts[raw_smp_processor_id()];
	s64 val = random_number(&on->subject);

	choose(&on->subject, random(6));
	if (part->type == STATS)
		_stp_map_stat_add(on->map, val);
	else
		_stp_map_add_int64(on->map, val);
	part->key = on->subject.model.key;
	part->serial = on->serial;
	model_add(part, val);
	on->serial = part->serial;
}

static void add_in_handler(void *data)
{
	if (!CHECK(_stp_enter()))
		return;
	add_here(data);
	_stp_leave();
}

/* The element of any CPU that is the first younger than @serial. */
static struct element *oldest_after(struct shared *on, u64 serial)
{
	struct element *oldest = NULL, *element;
	int cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		element = model_after(&on->parts[cpu], serial);
		if (element && (!oldest || element->serial < oldest->serial))
			oldest = element;
	}
	return oldest;
}

static void merge(struct shared *on)
{
	struct element *from, *into;
	u64 serial = 0;

	on->merged.count = 0;
	for (; (from = oldest_after(on, serial)); serial = from->serial) {
		on->merged.key = from->key;
		into = model_find(&on->merged);
		if (!into) {
			on->merged.elements[on->merged.count++] = *from;
			continue;
		}
		into->min = min(into->min, from->min);
		into->max = max(into->max, from->max);
		into->sum = (u64)into->sum + from->sum;
		into->count += from->count;
	}
}

/* In a map of numbers those that sum up to 0 are not there. */
static struct element *shown_after(struct shared *on, u64 serial)
{
	struct element *element;

	do
		element = model_after(&on->merged, serial);
	while (element && on->merged.type == NUMBERS && !element->sum && (serial = element->serial));
	return element;
}

static void compare(struct shared *on)
{
	struct element *element;
	struct map_node *node;
	u64 serial = 0;

	merge(on);
	foreach(on->map, node) {
		element = shown_after(on, serial);
		if (!same(&on->subject, same_element(&on->subject, node, element), "a merged element"))
			return;
		serial = element->serial;
	}
	same(&on->subject, !shown_after(on, serial), "the merged end");
}

static void empty(struct shared *on)
{
	int cpu;

	_stp_map_clear(on->map);
	for (cpu = 0; cpu < CPUS; cpu++)
		on->parts[cpu].count = 0;
}

static bool make_percpu(struct shared *on)
{
	int cpu;

	if (on->subject.model.type == STATS) {
		on->map = _stp_pmap_new(on->subject.model.bound, STAT);
		_stp_map_overflow(on->map, MAP_OVERFLOW_REFUSE);
	} else {
		on->map = _stp_pmap_new(on->subject.model.bound, INT64);
	}
	on->subject.map = (MAP)on->map;
	for (cpu = 0; cpu < CPUS; cpu++)
		on->parts[cpu] = on->subject.model;
	on->merged = on->subject.model;
	return on->map;
}

static void change_percpu(struct shared *on)
{
	switch (random(16)) {
	case 0:
		compare(on);
		break;
	case 1:
		if (!random(8))
			empty(on);
		break;
	case 2:
		preempt_disable();
		add_here(on);
		preempt_enable();
		break;
	default:
		smp_call_function_single(random(CPUS) % min_t(int, CPUS, num_online_cpus()), add_in_handler, on, true);
	}
}
