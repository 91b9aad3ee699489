// SPDX-License-Identifier: GPL-2.0
/*
 * maps: making and unmaking whole maps, by process code alone.
 */

/* A piece of memory with elements. */
struct _stp_map_chunk {
	struct _stp_map_chunk *next;
	u64 elements[]; /* of each, first the room for its keys, then the node */
};

static LIST_HEAD(_stp_maps);
static u32 _stp_map_number;

/* Allocates @count more free elements; on the map's lists they are only after _stp_map_add_chunk(). */
static struct _stp_map_chunk *_stp_map_new_chunk(MAP map, u32 count, struct list_head *nodes)
{
	size_t node_size = _STP_NODE_SIZE(map->type);
	size_t keys_size = map->key_words * sizeof(u64);
	size_t step = keys_size + node_size;
	struct _stp_map_chunk *chunk = _stp_valloc(size_add(sizeof(*chunk), size_mul(count, step)));
	u32 i;

	for (i = 0; chunk && i < count; i++) {
		u64 *key = (void *)chunk->elements + i * step;
		struct map_node *node = (void *)key + keys_size;

		node->key = key;
		list_add_tail(&node->lnode, nodes);
	}
	return chunk;
}

static bool _stp_map_add_chunk(MAP map, u32 count)
{
	LIST_HEAD(nodes);
	struct _stp_map_chunk *chunk = _stp_map_new_chunk(map, count, &nodes);
	unsigned long flags;

	if (!chunk)
		return false;
	if (!_stp_lock(&map->lock, &flags)) {
		_stp_vfree(chunk);
		return false;
	}
	chunk->next = map->chunks;
	map->chunks = chunk;
	list_splice_tail(&nodes, &map->free);
	map->free_count += count;
	_stp_unlock(&map->lock, flags);
	return true;
}

/* Room of a cursor: its keys, and a copy of a value to hand out. */
static bool _stp_map_new_cursors(MAP map)
{
	size_t value = _STP_NODE_SIZE(map->type) - sizeof(struct map_node);
	size_t size = sizeof(struct _stp_map_cursor) + map->key_words * sizeof(u64) + round_up(value, sizeof(u64));
	int level;

	map->process = _stp_calloc(size);
	if (!map->process)
		return false;
	for (level = 0; level < STP_LEVELS; level++) {
		map->handlers[level] = _stp_alloc_percpu(size);
		if (!map->handlers[level])
			return false;
	}
	return true;
}

static void _stp_map_free(MAP map)
{
	struct _stp_map_chunk *chunk, *next;
	int level;

	for (chunk = map->chunks; chunk; chunk = next) {
		next = chunk->next;
		_stp_vfree(chunk);
	}
	for (level = 0; level < STP_LEVELS; level++)
		free_percpu(map->handlers[level]);
	_stp_free(map->process);
	_stp_vfree(map->chains);
	_stp_free(map);
}

/* A map with @count free elements; @bound is max_entries, 0 for none. */
static MAP _stp_map_make(u32 bound, u32 count, u32 type, u32 key_words)
{
	u32 bits = HASH_TABLE_BITS ?: bound ? clamp_t(u32, order_base_2(bound), 1, 20) : 10;
	MAP map = _stp_calloc(sizeof(*map));

	if (!map)
		return NULL;
	_stp_lock_init(&map->lock);
	INIT_LIST_HEAD(&map->nodes);
	INIT_LIST_HEAD(&map->free);
	map->type = type;
	map->shift = 32 - bits;
	map->key_words = key_words;
	map->max_entries = bound;
	map->no_wrap = MAP_OVERFLOW == MAP_OVERFLOW_REFUSE;
	map->chains = _stp_valloc(sizeof(struct hlist_head) << bits);
	if (!map->chains || !_stp_map_new_cursors(map) || !_stp_map_add_chunk(map, count)) {
		_stp_map_free(map);
		return NULL;
	}
	map->number = ++_stp_map_number;
	list_add_tail(&map->maps, &_stp_maps);
	return map;
}

static MAP _stp_map_new_bounded(u32 bound, u32 type, u32 key_words)
{
	return _stp_map_make(bound, bound, type, key_words);
}

/* What one map lost. Names it by its number in the order of creation. */
static void _stp_map_report(MAP map)
{
	u32 number = map->number;

	_stp_lost(atomic_long_read(&map->replaced), NULL, 0,
		  "oldest elements of map %u, replaced since all %u were in use", number, map->max_entries);
	if (map->growth)
		_stp_lost(atomic_long_read(&map->full), "MAP_POOL", MAP_POOL,
			  "new elements of map %u, its pool was empty", number);
	else
		_stp_lost(atomic_long_read(&map->full), NULL, 0,
			  "new elements of map %u, refused since all %u were in use", number, map->max_entries);
#ifdef MAP_STRING_LENGTH
	_stp_lost(atomic_long_read(&map->cut), "MAP_STRING_LENGTH", MAP_STRING_LENGTH,
		  "ends of strings in map %u, they were longer than %u bytes", number, MAP_STRING_LENGTH);
#endif
	_stp_lost(atomic_long_read(&map->mistaken), NULL, 0,
		  "operations on map %u, its values are of another type", number);
	_stp_lost(atomic_long_read(&map->lock.refused), NULL, 0,
		  "operations on map %u, this CPU was in a map already", number);
}
