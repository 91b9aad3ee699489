// SPDX-License-Identifier: GPL-2.0
/*
 * percpu_maps: reading all CPUs' parts as one map, and clearing them.
 *
 * What is done to another CPU's shard is done there, by an interrupt of that CPU: so it is as much alone as a handler is. The copy goes
 * in pieces of a few elements, so that interrupts are never off for long; a CPU that is off-line has no handlers, and is read
 * from here.
 *
 * In the merged map an element stands where the first CPU created it; integers that sum up to 0 are left out.
 */
#define _STP_PMAP_PIECE 32

/* Something to be done to the shard of one CPU. */
struct _stp_pmap_visit {
	PMAP map;
	MAP copy;
	struct _stp_shard *shard;
	struct _stp_map_walk walk;
	u64 last; /* younger elements are left alone */
	bool more;
};

/* Has @what done with interrupts off, again and again while it says that there is more. */
static void _stp_pmap_visit(struct _stp_pmap_visit *visit, int cpu, smp_call_func_t what)
{
	visit->shard = &per_cpu_ptr(visit->map->map.memory, cpu)->cell.shard;
	visit->walk = (struct _stp_map_walk){};
	do {
		visit->more = false;
		cpus_read_lock();
		if (smp_call_function_single(cpu, what, visit, true)) {
			local_irq_disable();
			what(visit);
			local_irq_enable();
		}
		cpus_read_unlock();
	} while (visit->more);
}

/* Adds an element to the merged map. */
static void _stp_pmap_merge(PMAP map, MAP copy, const struct map_node *node)
{
	u32 words = _STP_SHAPE_WORDS1(node->shape) + _STP_SHAPE_WORDS2(node->shape);
	struct map_node *sum = _stp_map_find(&copy->shard, node->tag, node->shape, words, node->key);

	if (sum) {
		map->map.merge(sum, node);
		sum->serial = min(sum->serial, node->serial);
	} else if (copy->shard.free_count) {
		_stp_map_copy_node(copy, node);
	}
}

/* On the CPU visited. The level marks the shard as held. */
static void _stp_pmap_read_piece(void *data)
{
	struct _stp_pmap_visit *visit = data;
	struct map_node *node = NULL;
	int i;

	raw_cpu_inc(_stp_level);
	barrier();
	for (i = 0; i < _STP_PMAP_PIECE; i++) {
		node = _stp_map_step(visit->shard, &visit->walk);
		if (!node || node->serial > visit->last)
			break;
		_stp_pmap_merge(visit->map, visit->copy, node);
	}
	barrier();
	raw_cpu_dec(_stp_level);
	visit->more = i == _STP_PMAP_PIECE;
}

static int _stp_pmap_older(void *unused, const struct list_head *a, const struct list_head *b)
{
	return list_entry(a, struct map_node, lnode)->serial > list_entry(b, struct map_node, lnode)->serial;
}

/* Of _stp_map_snapshot(). */
static MAP _stp_pmap_snapshot(PMAP map)
{
	struct _stp_pmap_visit visit = { .map = map };
	struct map_node *node, *next;
	u32 count = 0;
	int cpu;

	if (!map)
		return NULL;
	visit.last = atomic64_read(&map->map.serial);
	for_each_possible_cpu(cpu) /* and one that is being created */
		count += READ_ONCE(per_cpu_ptr(map->map.memory, cpu)->cell.shard.count) + 1;
	visit.copy = _stp_map_new_copy(&map->map, count);
	if (!visit.copy)
		return NULL;
	for_each_possible_cpu(cpu)
		_stp_pmap_visit(&visit, cpu, _stp_pmap_read_piece);
	list_sort(NULL, &visit.copy->shard.nodes, _stp_pmap_older);
	list_for_each_entry_safe(node, next, &visit.copy->shard.nodes, lnode)
		if (map->map.empty(node))
			_stp_map_drop(&visit.copy->shard, node);
	return visit.copy;
}

/* Of foreach(). */
static struct _stp_map_walk _stp_pmap_walk(PMAP map)
{
	MAP copy = _stp_pmap_snapshot(map);

	return (struct _stp_map_walk){ .map = copy, .own = copy };
}

/* On the CPU visited. */
static void _stp_pmap_clear_piece(void *data)
{
	struct _stp_pmap_visit *visit = data;
	struct map_node *node;
	int i;

	raw_cpu_inc(_stp_level);
	barrier();
	for (i = 0; i < _STP_PMAP_PIECE; i++) {
		node = list_first_entry_or_null(&visit->shard->nodes, struct map_node, lnode);
		if (!node || node->serial > visit->last)
			break;
		_stp_map_drop(visit->shard, node);
	}
	barrier();
	raw_cpu_dec(_stp_level);
	visit->more = i == _STP_PMAP_PIECE;
}

/* Of _stp_map_clear(). */
static void _stp_pmap_clear(PMAP map)
{
	struct _stp_pmap_visit visit = { .map = map };
	int cpu;

	if (!map)
		return;
	visit.last = atomic64_read(&map->map.serial);
	for_each_possible_cpu(cpu)
		_stp_pmap_visit(&visit, cpu, _stp_pmap_clear_piece);
}

#undef _STP_PMAP_SNAPSHOT
#define _STP_PMAP_SNAPSHOT _stp_pmap_snapshot
#undef _STP_PMAP_WALK
#define _STP_PMAP_WALK _stp_pmap_walk
#undef _STP_PMAP_CLEAR
#define _STP_PMAP_CLEAR _stp_pmap_clear
