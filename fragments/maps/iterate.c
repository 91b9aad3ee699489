// SPDX-License-Identifier: GPL-2.0
/*
 * maps: going through the elements, oldest first.
 *
 * The lock is held for one step only. Where nothing else changes the map (in probe_end(), or in probe_begin() before
 * probes are armed) the walk is exact. Elsewhere it is safe (no element's memory is freed while the map is), but it may
 * miss elements that move meanwhile, and an element just being replaced may show parts of both: a walk over the map's
 * snapshot does not.
 *
 * The element of a step may be deleted in that step: a walk knows its serial number, and finds the next one by it.
 */

/* Where a walk stands. */
struct _stp_map_walk {
	MAP map;
	MAP own; /* a snapshot made for this walk */
	struct map_node *node;
	u64 serial;
};

/* The next element after @walk, or the first; NULL at the end. The shard is held. */
static struct map_node *_stp_map_step(struct _stp_shard *shard, struct _stp_map_walk *walk)
{
	struct list_head *nodes = &shard->nodes;
	struct map_node *node = walk->node, *found = NULL;

	/* Not in its old place any more: begin at the oldest, and pass by what the walk has seen. */
	if (!node || hlist_unhashed(&node->hnode) || node->serial != walk->serial)
		node = list_entry(nodes, struct map_node, lnode);
	list_for_each_entry_continue(node, nodes, lnode) {
		if (node->serial > walk->serial) {
			found = node;
			walk->serial = node->serial;
			break;
		}
	}
	walk->node = found;
	return found;
}

static struct map_node *_stp_map_next(struct _stp_map_walk *walk)
{
	struct map_node *found;
	unsigned long flags;

	if (!walk->map || !_stp_lock(&walk->map->lock, &flags))
		return NULL;
	found = _stp_map_step(&walk->map->shard, walk);
	_stp_unlock(&walk->map->lock, flags);
	return found;
}

/**
 * _stp_map_start() - the oldest element
 * @map: the map; NULL has none
 *
 * Context: handler.
 * Return: the element, or NULL if there is none.
 */
static struct map_node *_stp_map_start(MAP map)
{
	struct _stp_map_walk walk = { .map = map };

	return _stp_map_next(&walk);
}
#define _stp_map_start(map) ((struct map_node *)_Generic((map), PMAP: _stp_pmap_cannot_read, default: _stp_map_start)(map))

/**
 * _stp_map_iter() - the element after another
 * @map: the map
 * @ptr: an element of it, which may have been deleted since; NULL has none after it
 *
 * Context: handler.
 * Return: the element, or NULL at the end.
 */
static struct map_node *_stp_map_iter(MAP map, struct map_node *ptr)
{
	struct _stp_map_walk walk = { .map = map, .node = ptr };

	if (!ptr)
		return NULL;
	walk.serial = ptr->serial;
	return _stp_map_next(&walk);
}

static inline struct _stp_map_walk _stp_map_walk(MAP map)
{
	return (struct _stp_map_walk){ .map = map };
}

/* percpu_maps puts its own function here. */
#define _STP_PMAP_WALK _stp_no_pmap_walk
struct _stp_map_walk _stp_no_pmap_walk(PMAP map)
	__compiletime_error("maps per CPU: add percpu_maps (and percpu_stats for STAT) to needs in probe.yaml");

/* Also where a loop is left by break, return or goto. */
static inline void _stp_map_walk_end(struct _stp_map_walk *walk)
{
	if (walk->own)
		_stp_map_destroy(walk->own);
}

/**
 * foreach() - go through a map's elements in the order of insertion
 * @map: the map (MAP; or PMAP in process code: the CPUs' elements of equal keys are merged into one then)
 * @ptr: a pointer to struct map_node_int64, map_node_str or map_node_stat, as fits the map
 *
 * In the loop, ptr->val, ptr->str or ptr->stats is the value; key1int(ptr), key1str(ptr) and so on are its keys. The
 * current element of the context is left alone.
 */
#define foreach(map, ptr)                                                                      \
	for (struct _stp_map_walk _stp_walk __attribute__((cleanup(_stp_map_walk_end))) =      \
		     _Generic((map), PMAP: _STP_PMAP_WALK, default: _stp_map_walk)(map);       \
	     ((ptr) = (void *)_stp_map_next(&_stp_walk)) != NULL;)

/* The keys of the element that @ptr points to; 0 or "" where it has no such key. */
#define key1int(ptr) _stp_node_key_int((struct map_node *)(ptr), 0)
#define key2int(ptr) _stp_node_key_int((struct map_node *)(ptr), 1)

static __always_inline int64_t _stp_node_key_int(const struct map_node *node, int which)
{
	u32 shape = node->shape;
	u32 words = which ? _STP_SHAPE_WORDS2(shape) : _STP_SHAPE_WORDS1(shape);

	if (!words || shape >> (16 + which) & 1)
		return 0;
	return node->key[which ? _STP_SHAPE_WORDS1(shape) : 0];
}
