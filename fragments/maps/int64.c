// SPDX-License-Identifier: GPL-2.0
/*
 * maps: integers as values.
 */

/**
 * _stp_map_set_int64() - set the current element's value
 * @map: a map of INT64; NULL does nothing
 * @val: the value; 0 deletes the element
 *
 * When full, see _stp_map_new(). Without a current key nothing happens.
 * Context: any.
 */
static void _stp_map_set_int64(MAP map, int64_t val)
{
	struct map_node_int64 *node;
	struct _stp_map_cursor *cursor;
	unsigned long flags;

	if (!_stp_map_claim(map, INT64, &flags))
		return;
	cursor = _stp_map_here(map);
	if (val) {
		node = (void *)_stp_map_find(map, cursor);
		if (!node)
			node = (void *)_stp_map_create(map, cursor);
		if (node)
			node->val = val;
	} else {
		_stp_map_drop_here(map, cursor);
	}
	_stp_unlock(&map->lock, flags);
}

/**
 * _stp_map_add_int64() - add to the current element's value
 * @map: a map of INT64; NULL does nothing
 * @val: what to add; 0 does nothing, and creates nothing
 *
 * A sum wraps around, as C's unsigned numbers do. One that comes to 0 stays an element.
 * When full, see _stp_map_new(). Without a current key nothing happens.
 * Context: any.
 */
static void _stp_map_add_int64(MAP map, int64_t val)
{
	struct map_node_int64 *node;
	struct _stp_map_cursor *cursor;
	unsigned long flags;

	if (!val || !_stp_map_claim(map, INT64, &flags))
		return;
	cursor = _stp_map_here(map);
	node = (void *)_stp_map_find(map, cursor);
	if (likely(node)) {
		node->val = (u64)node->val + val;
	} else {
		node = (void *)_stp_map_create(map, cursor);
		if (node)
			node->val = val;
	}
	_stp_unlock(&map->lock, flags);
}

/**
 * _stp_map_get_int64() - value of the current element
 * @map: a map of INT64, or NULL
 *
 * Context: any.
 * Return: the value; 0 if it is unset or no key is chosen.
 */
static int64_t _stp_map_get_int64(MAP map)
{
	struct map_node_int64 *node;
	unsigned long flags;
	int64_t val = 0;

	if (!_stp_map_claim(map, INT64, &flags))
		return 0;
	node = (void *)_stp_map_find(map, _stp_map_here(map));
	if (node)
		val = node->val;
	_stp_unlock(&map->lock, flags);
	return val;
}

/**
 * _stp_map_set() - set the current element's value, by the type of @val: an integer, a string or a stat
 * @map: a map of that type of values; NULL does nothing
 * @val: the value; 0 or NULL of the right type deletes the element
 *
 * Context: any.
 */
#define _stp_map_set(map, val)                                                                     \
	_Generic((val), _STP_IF_STRING(_stp_map_set_str) _STP_IF_STAT(_stp_map_set_stat)           \
		default: _stp_map_set_int64)(map, val)
