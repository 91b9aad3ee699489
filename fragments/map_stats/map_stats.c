// SPDX-License-Identifier: GPL-2.0
/*
 * map_stats: statistics as values of maps.
 */

/* An element of a map of STAT. */
struct map_node_stat {
	struct map_node n;
	stat stats;
};

enum { STAT = _STP_VALTYPE(_STP_KIND_STAT, struct map_node_stat) };

#undef _STP_IF_STAT
#define _STP_IF_STAT(f) stat * : f, const stat * : f,

/* The element of the key in @cursor, made with an empty statistic if it is unset; the shard is held. */
static struct map_node_stat *_stp_map_stat_node(MAP map, struct _stp_shard *shard, const struct _stp_map_cursor *cursor)
{
	struct map_node_stat *node = (void *)_stp_map_find_here(shard, cursor, STAT);

	if (node)
		return node;
	node = (void *)_stp_map_create(map, shard, cursor, STAT);
	if (node) {
		memset(&node->stats, 0, sizeof(node->stats));
		if (STAT_LINEAR && map->extra)
			*node->stats.scale = *(const struct _stp_scale *)map->extra;
	}
	return node;
}

/* The general way of _stp_map_stat_add(): in any context, and for elements that are not there yet. */
static noinline void _stp_map_stat_add_any(MAP map, int64_t val)
{
	struct map_node_stat *node;
	unsigned long flags;

	if (!_stp_lock(&map->lock, &flags))
		return;
	node = _stp_map_stat_node(map, &map->shard, _stp_map_here(map));
	if (node)
		_stp_stat_add(&node->stats, val);
	_stp_unlock(&map->lock, flags);
}

/* percpu_stats puts its own function here. */
#define _STP_PMAP_STAT_ADD _stp_no_pmaps

/**
 * _stp_map_stat_add() - take one more value into the current element's statistic
 * @map: a map of STAT (MAP or PMAP); NULL does nothing
 * @val: the value; 0 counts like any other
 *
 * When full, see _stp_map_new(). Without a current key nothing happens.
 * Context: any.
 */
static __always_inline void _stp_map_stat_add(MAP map, int64_t val, const struct _stp_here here)
{
	const struct _stp_map_cursor *cursor;
	struct map_node_stat *node;
	unsigned long flags;

	if (!map)
		return;
	if (!_stp_map_first_level(here))
		goto any;
	cursor = &_stp_map_cell(map, here)->cursor;
	if (!_stp_lock(&map->lock, &flags))
		goto any;
	node = (void *)_stp_map_find_here(&map->shard, cursor, STAT);
	if (unlikely(!node)) {
		_stp_unlock(&map->lock, flags);
		goto any;
	}
	_stp_stat_add(&node->stats, val);
	_stp_unlock(&map->lock, flags);
	return;
any:
	_stp_map_stat_add_any(map, val);
}
#define _stp_map_stat_add(map, val) \
	_Generic((map), PMAP: _STP_PMAP_STAT_ADD, default: _stp_map_stat_add)(map, val, _stp_here)

/**
 * _stp_map_set_stat() - set the current element's value
 * @map: a map of STAT; NULL does nothing
 * @val: the statistic; NULL or an empty one deletes the element
 *
 * When full, see _stp_map_new(). Without a current key nothing happens.
 * Context: any.
 */
static void _stp_map_set_stat(MAP map, const stat *val)
{
	struct map_node_stat *node;
	unsigned long flags;
	stat *copy = NULL;

	/* Copied before the lock is taken: nobody knows what the caller's pointer is. */
	if (val && val->count && map && map->type == STAT) {
		copy = _stp_map_room_for_value(map);
		*copy = *val;
	}
	if (!_stp_map_claim(map, STAT, &flags))
		return;
	if (copy) {
		node = (void *)_stp_map_current_or_new(map);
		if (node)
			node->stats = *copy;
	} else {
		_stp_map_drop_current(map);
	}
	_stp_unlock(&map->lock, flags);
}
#define _stp_map_set_stat(map, val) _Generic((map), PMAP: _stp_pmap_cannot_set, default: _stp_map_set_stat)(map, val)

/**
 * _stp_map_get_stat() - value of the current element
 * @map: a map of STAT, or NULL
 *
 * Context: any.
 * Return: a copy, good until this context's next _stp_map_get_stat() or _stp_map_set_stat() on this map; NULL if the
 * element is unset or no key is chosen.
 */
static stat *_stp_map_get_stat(MAP map)
{
	struct map_node_stat *node;
	unsigned long flags;
	stat *copy = NULL;

	if (!_stp_map_claim(map, STAT, &flags))
		return NULL;
	node = (void *)_stp_map_current(map);
	if (node) {
		copy = _stp_map_room_for_value(map);
		*copy = node->stats;
	}
	_stp_unlock(&map->lock, flags);
	return copy;
}
#define _stp_map_get_stat(map) \
	((stat *)_Generic((map), PMAP: _stp_pmap_cannot_read, default: _stp_map_get_stat)(map))
