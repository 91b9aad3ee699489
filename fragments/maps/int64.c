// SPDX-License-Identifier: GPL-2.0
/*
 * maps: integers as values.
 */

/**
 * _stp_map_claim() - begin an operation on the map's current element
 * @map:   the map; NULL is refused
 * @type:  the type of value the caller is for; another one is refused, and counted
 * @flags: for _stp_unlock()
 *
 * Context: any.
 * Return: whether the lock is held now.
 */
static bool _stp_map_claim(MAP map, u32 type, unsigned long *flags)
{
	if (!map)
		return false;
	if (unlikely(map->type != type)) {
		atomic_long_inc(&map->mistaken);
		return false;
	}
	return _stp_lock(&map->lock, flags);
}

/* The element of the current key; NULL if it is unset or no key is chosen. Under the lock. */
static struct map_node *_stp_map_current(MAP map)
{
	return _stp_map_find_here(&map->shard, _stp_map_here(map), map->type);
}

/* The element of the current key, created if it is unset; NULL if there is no room or no key. Under the lock. */
static struct map_node *_stp_map_current_or_new(MAP map)
{
	return _stp_map_current(map) ?: _stp_map_create(map, &map->shard, _stp_map_here(map), map->type);
}

/* Deletes the current element; none is chosen then. An unset key stays chosen: there is nothing to delete. */
static void _stp_map_drop_current(MAP map)
{
	struct map_node *node = _stp_map_current(map);

	if (node) {
		_stp_map_drop(&map->shard, node);
		_stp_map_here(map)->shape = 0;
	}
}

/**
 * _stp_map_key_del() - delete the current element; none is chosen afterwards
 * @map: the map; NULL does nothing
 *
 * Where the key is unset nothing happens, and it stays chosen.
 *
 * Context: any.
 */
static void _stp_map_key_del(MAP map)
{
	unsigned long flags;

	if (!map || !_stp_lock(&map->lock, &flags))
		return;
	_stp_map_drop_current(map);
	_stp_unlock(&map->lock, flags);
}
#define _stp_map_key_del(map) _Generic((map), PMAP: _stp_pmap_cannot_delete, default: _stp_map_key_del)(map)

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
	unsigned long flags;

	if (!_stp_map_claim(map, INT64, &flags))
		return;
	if (val) {
		node = (void *)_stp_map_current_or_new(map);
		if (node)
			node->val = val;
	} else {
		_stp_map_drop_current(map);
	}
	_stp_unlock(&map->lock, flags);
}
#define _stp_map_set_int64(map, val) _Generic((map), PMAP: _stp_pmap_cannot_set, default: _stp_map_set_int64)(map, val)

/* percpu_maps puts its own function here. */
#define _STP_PMAP_ADD _stp_no_pmaps

/* The general way of _stp_map_add_int64(): also for elements that are not there yet, and keys of other shapes. */
static noinline void _stp_map_add_any(MAP map, int64_t val)
{
	struct map_node_int64 *node;
	unsigned long flags;

	if (!_stp_lock(&map->lock, &flags))
		return;
	node = (void *)_stp_map_find_here(&map->shard, _stp_map_here(map), INT64);
	if (node) {
		node->val = (u64)node->val + val;
	} else {
		node = (void *)_stp_map_create(map, &map->shard, _stp_map_here(map), INT64);
		if (node)
			node->val = val;
	}
	_stp_unlock(&map->lock, flags);
}

/**
 * _stp_map_add_int64() - add to the current element's value
 * @map: a map of INT64 (MAP or PMAP); NULL does nothing
 * @val: what to add; 0 does nothing, and creates nothing
 *
 * A sum wraps around, as C's unsigned numbers do. One that comes to 0 stays an element.
 * When full, see _stp_map_new(). Without a current key nothing happens.
 * Context: any.
 */
static __always_inline void _stp_map_add_int64(MAP map, int64_t val, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	struct map_node_int64 *node;
	unsigned long flags;
	u32 shape, words;
	u64 tag;

	if (!map || !val)
		return;
	/* Read before interrupts go off: so the compiler still knows what the key function has just written. */
	cursor = &_stp_map_cell(map, here)->cursor;
	if (!_stp_map_first_level(here))
		goto any;
	tag = cursor->tag;
	shape = cursor->shape;
	words = cursor->words;
	if (!_stp_lock(&map->lock, &flags))
		goto any;
	node = (void *)_stp_map_find(&map->shard, tag, shape | _STP_KIND(INT64), words, cursor->key);
	if (unlikely(!node)) {
		_stp_unlock(&map->lock, flags);
		goto any;
	}
	node->val = (u64)node->val + val;
	_stp_unlock(&map->lock, flags);
	return;
any:
	_stp_map_add_any(map, val);
}
#define _stp_map_add_int64(map, val) \
	_Generic((map), PMAP: _STP_PMAP_ADD, default: _stp_map_add_int64)(map, val, _stp_here)

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
	node = (void *)_stp_map_current(map);
	if (node)
		val = node->val;
	_stp_unlock(&map->lock, flags);
	return val;
}
#define _stp_map_get_int64(map) _Generic((map), PMAP: _stp_pmap_cannot_read, default: _stp_map_get_int64)(map)

/**
 * _stp_map_set() - set the current element's value, by the type of @val: an integer, a string or a stat
 * @map: a map of that type of values; NULL does nothing
 * @val: the value; 0 or NULL of the right type deletes the element
 *
 * Context: any.
 */
#define _stp_map_set(map, val)                                                             \
	_Generic((map), PMAP: _stp_pmap_cannot_set,                                        \
		default: _Generic((val), _STP_IF_STRING(_stp_map_set_str)                  \
			 _STP_IF_STAT(_stp_map_set_stat) default: _stp_map_set_int64))(map, val)
