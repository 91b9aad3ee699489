// SPDX-License-Identifier: GPL-2.0
/*
 * percpu_stats: statistics in maps per CPU.
 */

static void _stp_pmap_merge_stat(struct map_node *into, const struct map_node *from)
{
	_stp_stat_merge(&((struct map_node_stat *)into)->stats, &((const struct map_node_stat *)from)->stats);
}

static bool _stp_pmap_empty_stat(const struct map_node *node)
{
	return false; /* an element of STAT is made by its first value */
}

static PMAP _stp_pmap_make_stat(u32 bound, u32 type, u32 key_words, const struct _stp_map_origin *origin)
{
	PMAP pmap = _stp_pmap_build(bound, type, key_words, origin);

	if (pmap) {
		pmap->map.merge = _stp_pmap_merge_stat;
		pmap->map.empty = _stp_pmap_empty_stat;
	}
	return pmap;
}

#undef _STP_PMAP_MAKE
#define _STP_PMAP_MAKE(type) ((u32)(type) == INT64 ? _stp_pmap_make : _stp_pmap_make_stat)

/* In any context, and for elements that are not there yet. */
static noinline void _stp_pmap_stat_add_any(PMAP map, int64_t val)
{
	struct map_node_stat *node;
	struct _stp_pmap_hold hold;

	if (!_stp_pmap_hold(map, &hold))
		return;
	node = _stp_map_stat_node(&map->map, hold.shard, hold.cursor);
	if (node)
		_stp_stat_add(&node->stats, val);
	_stp_pmap_release(&hold);
}

/* Of _stp_map_stat_add(). */
static __always_inline void _stp_pmap_stat_add(PMAP map, int64_t val, const struct _stp_here here)
{
	struct map_node_stat *node;
	struct _stp_cell *cell;
	unsigned long flags;

	if (!map)
		return;
	if (!_stp_map_first_level(here))
		goto any;
	cell = _stp_map_cell(&map->map, here);
	raw_local_irq_save(flags);
	node = (void *)_stp_map_find_here(&cell->shard, &cell->cursor, STAT);
	if (unlikely(!node)) {
		raw_local_irq_restore(flags);
		goto any;
	}
	_stp_stat_add(&node->stats, val);
	raw_local_irq_restore(flags);
	return;
any:
	_stp_pmap_stat_add_any(map, val);
}

#undef _STP_PMAP_STAT_ADD
#define _STP_PMAP_STAT_ADD _stp_pmap_stat_add
