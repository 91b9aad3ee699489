// SPDX-License-Identifier: GPL-2.0
/*
 * maps: a copy for a reader while probes go on, and clearing.
 */

/* A map for copies of @count elements of @map. */
static MAP _stp_map_new_copy(MAP map, u32 count)
{
	MAP copy = _stp_map_make(count, map->type, map->key_words);

	if (copy && !_stp_shard_new(copy, &copy->shard, count, _stp_map_bits(count ?: 1))) {
		_stp_map_destroy(copy);
		return NULL;
	}
	return copy ? _stp_map_enlist(copy, NULL) : NULL;
}

/* Puts a copy of an element into a map that nobody else uses, which has room for it. */
static struct map_node *_stp_map_copy_node(MAP copy, const struct map_node *node)
{
	struct _stp_shard *shard = &copy->shard;
	struct map_node *to = list_first_entry(&shard->free, struct map_node, lnode);
	u64 *key = (u64 *)to - copy->key_words;

	memcpy(key, (u64 *)node - copy->key_words, copy->key_words * sizeof(u64));
	memcpy(to + 1, node + 1, _STP_NODE_SIZE(copy->type) - sizeof(*node));
	to->key = _STP_SHAPE_IS_LONG(node->shape) ? &to->tag : key;
	to->tag = node->tag;
	to->shape = node->shape;
	to->serial = node->serial;
	hlist_add_head(&to->hnode, &shard->chains[_stp_map_hash(to->tag) & shard->mask]);
	_stp_map_relink(to, &shard->nodes);
	shard->free_count--;
	shard->count++;
	return to;
}

/* Copies the element after @walk, if it is not younger than @last. */
static bool _stp_map_copy_next(MAP copy, struct _stp_map_walk *walk, u64 last)
{
	struct map_node *node;
	unsigned long flags;
	bool more;

	if (!_stp_lock(&walk->map->lock, &flags))
		return false;
	node = _stp_map_step(&walk->map->shard, walk);
	more = node && node->serial <= last && copy->shard.free_count;
	if (more)
		_stp_map_copy_node(copy, node);
	_stp_unlock(&walk->map->lock, flags);
	return more;
}

/* percpu_maps puts its own function here. */
#define _STP_PMAP_SNAPSHOT _stp_pmap_no_snapshot
MAP _stp_pmap_no_snapshot(PMAP map)
	__compiletime_error("maps per CPU: add percpu_maps (and percpu_stats for STAT) to needs in probe.yaml");

/**
 * _stp_map_snapshot() - a copy of a map, to be read at leisure while probes go on
 * @map: the map (MAP or PMAP); NULL has none
 *
 * Each element is copied whole, with the lock held for that one. Those created after the call began are not in it, those
 * deleted before their turn came neither. Nobody counts in the copy: walk, sort, print it, and free it by _stp_map_del().
 * Context: process.
 * Return: the copy, or NULL if there is no memory.
 */
static MAP _stp_map_snapshot(MAP map)
{
	struct _stp_map_walk walk = { .map = map };
	unsigned long flags;
	MAP copy = NULL;
	u32 count;
	u64 last;

	if (!map || !_stp_lock(&map->lock, &flags))
		return NULL;
	count = map->shard.count;
	last = atomic64_read(&map->serial);
	_stp_unlock(&map->lock, flags);
	copy = _stp_map_new_copy(map, count);
	while (copy && _stp_map_copy_next(copy, &walk, last))
		;
	return copy;
}
#define _stp_map_snapshot(map) _Generic((map), PMAP: _STP_PMAP_SNAPSHOT, default: _stp_map_snapshot)(map)

/* Deletes the oldest element if it is not younger than @last; returns whether it did. */
static bool _stp_map_drop_oldest(MAP map, u64 last)
{
	struct map_node *node;
	unsigned long flags;
	bool old;

	if (!_stp_lock(&map->lock, &flags))
		return false;
	node = list_first_entry_or_null(&map->shard.nodes, struct map_node, lnode);
	old = node && node->serial <= last;
	if (old)
		_stp_map_drop(&map->shard, node);
	if (!map->shard.count)
		map->last_key = 0;
	_stp_unlock(&map->lock, flags);
	return old;
}

/* percpu_maps puts its own function here. */
#define _STP_PMAP_CLEAR _stp_no_pmaps

/**
 * _stp_map_clear() - delete the elements
 * @map: the map or list (MAP; or PMAP in process code); NULL does nothing
 *
 * One by one, so that interrupts are never off for long; what others add meanwhile stays. No element is current then.
 * Context: any.
 */
static void _stp_map_clear(MAP map)
{
	u64 last;

	if (!map)
		return;
	_stp_map_here(map)->shape = 0;
	last = atomic64_read(&map->serial);
	while (_stp_map_drop_oldest(map, last))
		;
}
#define _stp_map_clear(map) _Generic((map), PMAP: _STP_PMAP_CLEAR, default: _stp_map_clear)(map)
