// SPDX-License-Identifier: GPL-2.0
/*
 * percpu_maps: adding, the short way and the general one.
 */

/* In any context, to an element of any shape, also one that is not there yet. */
static noinline void _stp_pmap_add_any(PMAP map, int64_t val)
{
	struct map_node_int64 *node;
	struct _stp_pmap_hold hold;

	if (!_stp_pmap_hold(map, &hold))
		return;
	node = (void *)_stp_map_find_here(hold.shard, hold.cursor, INT64);
	if (node) {
		node->val = (u64)node->val + val;
	} else {
		node = (void *)_stp_map_create(&map->map, hold.shard, hold.cursor, INT64);
		if (node)
			node->val = val;
	}
	_stp_pmap_release(&hold);
}

/* Of _stp_map_add_int64(). */
static __always_inline void _stp_pmap_add_int64(PMAP map, int64_t val, const struct _stp_here here)
{
	struct map_node_int64 *node;
	struct _stp_cell *cell;
	unsigned long flags;
	u32 shape, words;
	u64 tag;

	if (!map || !val)
		return;
	cell = _stp_map_cell(&map->map, here);
	if (!_stp_map_first_level(here))
		goto any;
	tag = cell->cursor.tag; /* see _stp_map_add_int64() */
	shape = cell->cursor.shape;
	words = cell->cursor.words;
	raw_local_irq_save(flags);
	node = (void *)_stp_map_find(&cell->shard, tag, shape | _STP_KIND(INT64), words, cell->cursor.key);
	if (unlikely(!node)) {
		raw_local_irq_restore(flags);
		goto any;
	}
	node->val = (u64)node->val + val;
	raw_local_irq_restore(flags);
	return;
any:
	_stp_pmap_add_any(map, val);
}

#undef _STP_PMAP_ADD
#define _STP_PMAP_ADD _stp_pmap_add_int64
