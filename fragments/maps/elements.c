// SPDX-License-Identifier: GPL-2.0
/*
 * maps: finding, creating and deleting elements. All functions here are called under the map's lock.
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
static __always_inline bool _stp_map_claim(MAP map, u32 type, unsigned long *flags)
{
	if (!map)
		return false;
	if (unlikely(map->type != type)) {
		atomic_long_inc(&map->mistaken);
		return false;
	}
	return _stp_lock(&map->lock, flags);
}

/* The element of the key in @cursor; NULL if it is unset or no key is chosen. */
static __always_inline struct map_node *_stp_map_find(MAP map, const struct _stp_map_cursor *cursor)
{
	u32 words = _STP_SHAPE_WORDS1(cursor->shape) + _STP_SHAPE_WORDS2(cursor->shape);
	struct map_node *node;

	hlist_for_each_entry(node, &map->chains[cursor->hash >> map->shift], hnode) {
		u32 word = 0;

		if (node->hash != cursor->hash || node->shape != cursor->shape)
			continue;
		while (word < words && node->key[word] == cursor->key[word])
			word++;
		if (word == words)
			return node;
	}
	return NULL;
}

/* Deletes an element: back to the free ones. Its serial stays, so that an iteration standing on it finds on. */
static void _stp_map_drop(MAP map, struct map_node *node)
{
	hlist_del_init(&node->hnode);
	list_move(&node->lnode, &map->free);
	map->count--;
	map->free_count++;
}

/* Makes room for one more; false, and counted, if there is none: an empty pool, or full and not to be replaced. */
static bool _stp_map_room(MAP map)
{
	if (map->growth && map->free_count < MAP_POOL / 2)
		irq_work_queue(&map->growth->irq);
	if (map->free_count)
		return true;
	if (map->growth || map->no_wrap) {
		atomic_long_inc(&map->full);
		return false;
	}
	atomic_long_inc(&map->replaced);
	_stp_map_drop(map, list_first_entry(&map->nodes, struct map_node, lnode));
	return true;
}

/* Creates the element of the key in @cursor, which must be unset; its value is for the caller to fill. */
static noinline struct map_node *_stp_map_create(MAP map, const struct _stp_map_cursor *cursor)
{
	u32 words = _STP_SHAPE_WORDS1(cursor->shape) + _STP_SHAPE_WORDS2(cursor->shape);
	struct map_node *node;
	u32 word;

	if (!cursor->shape || !_stp_map_room(map))
		return NULL;
	node = list_first_entry(&map->free, struct map_node, lnode);
	for (word = 0; word < words; word++)
		node->key[word] = cursor->key[word];
	node->shape = cursor->shape;
	node->hash = cursor->hash;
	node->serial = ++map->serial;
	hlist_add_head(&node->hnode, &map->chains[node->hash >> map->shift]);
	list_move_tail(&node->lnode, &map->nodes);
	map->free_count--;
	map->count++;
	return node;
}

/* Deletes the current element; none is chosen then. An unset key stays chosen: there is nothing to delete. */
static void _stp_map_drop_here(MAP map, struct _stp_map_cursor *cursor)
{
	struct map_node *node = _stp_map_find(map, cursor);

	if (node) {
		_stp_map_drop(map, node);
		cursor->shape = 0;
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
	_stp_map_drop_here(map, _stp_map_here(map));
	_stp_unlock(&map->lock, flags);
}
