// SPDX-License-Identifier: GPL-2.0
/*
 * percpu_maps: making one.
 */

static void _stp_pmap_merge_int64(struct map_node *into, const struct map_node *from)
{
	struct map_node_int64 *sum = (void *)into;

	sum->val = (u64)sum->val + ((const struct map_node_int64 *)from)->val;
}

static bool _stp_pmap_empty_int64(const struct map_node *node)
{
	return !((const struct map_node_int64 *)node)->val;
}

/* Of map->destroy. */
static void _stp_pmap_destroy(MAP map)
{
	int cpu;

	for_each_possible_cpu(cpu)
		_stp_shard_free(&per_cpu_ptr(map->memory, cpu)->cell.shard);
}

/* A map that does not know yet how to merge. */
static PMAP _stp_pmap_build(u32 bound, u32 type, u32 key_words, const struct _stp_map_origin *origin)
{
	PMAP pmap;
	int cpu;

	if (!bound) {
		pr_err("%s: a map per CPU needs a bound: give max_entries\n", origin->place);
		return NULL;
	}
	pmap = (PMAP)_stp_map_make(bound, type, key_words);
	if (!pmap)
		return NULL;
	INIT_LIST_HEAD(&pmap->map.shard.nodes);
	pmap->map.destroy = _stp_pmap_destroy;
	if (!_stp_map_counts_unkept(&pmap->map))
		goto fail;
	for_each_possible_cpu(cpu)
		if (!_stp_shard_new(&pmap->map, &per_cpu_ptr(pmap->map.memory, cpu)->cell.shard, bound, _stp_map_bits(bound)))
			goto fail;
	_stp_map_enlist(&pmap->map, origin);
	return pmap;
fail:
	_stp_map_destroy(&pmap->map);
	return NULL;
}

static PMAP _stp_pmap_make(u32 bound, u32 type, u32 key_words, const struct _stp_map_origin *origin)
{
	PMAP pmap = _stp_pmap_build(bound, type, key_words, origin);

	if (pmap) {
		pmap->map.merge = _stp_pmap_merge_int64;
		pmap->map.empty = _stp_pmap_empty_int64;
	}
	return pmap;
}

/* percpu_stats puts its own function here. */
#define _STP_PMAP_MAKE(type) _stp_pmap_make

/**
 * _stp_pmap_new() - make a map per CPU
 * @max_entries: bound of its elements on each CPU, all allocated now; at least 1
 * @type:        type of its values: INT64 or STAT (percpu_stats)
 *
 * When a CPU's part is full, see _stp_map_new(). It is freed at unload, after the probe's end.
 * Context: process.
 * Return: the map; NULL if there is no memory, which the kernel log then says.
 */
#define _stp_pmap_new(max_entries, type) \
	_STP_PMAP_MAKE(type)(max_entries, type, _STP_MAP_KEY_WORDS, _STP_ORIGIN(#max_entries))
