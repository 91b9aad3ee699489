// SPDX-License-Identifier: GPL-2.0
/*
 * maps: going through the elements, oldest first.
 *
 * The lock is held for one step only. Where nothing else changes the map (in probe_end(), or in probe_begin() before
 * probes are armed) the walk is exact. Elsewhere it is safe (no element's memory is freed while the map is), but it may
 * miss elements that move meanwhile, and an element just being replaced may show parts of both.
 *
 * The element of a step may be deleted in that step: a walk knows its serial number, and finds the next one by it.
 */

/* Where a walk stands. */
struct _stp_map_walk {
	struct map_node *node;
	u64 serial;
};

/* The next element after @walk, or the first; NULL at the end. */
static struct map_node *_stp_map_next(MAP map, struct _stp_map_walk *walk)
{
	struct map_node *node = walk->node, *found = NULL;
	unsigned long flags;

	if (!map || !_stp_lock(&map->lock, &flags))
		return NULL;
	/* Not in its old place any more: begin at the oldest, and pass by what the walk has seen. */
	if (!node || hlist_unhashed(&node->hnode) || node->serial != walk->serial)
		node = list_entry(&map->nodes, struct map_node, lnode);
	list_for_each_entry_continue(node, &map->nodes, lnode) {
		if (node->serial > walk->serial) {
			found = node;
			walk->serial = node->serial;
			break;
		}
	}
	walk->node = found;
	_stp_unlock(&map->lock, flags);
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
	struct _stp_map_walk walk = {};

	return _stp_map_next(map, &walk);
}

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
	struct _stp_map_walk walk = { .node = ptr };

	if (!ptr)
		return NULL;
	walk.serial = ptr->serial;
	return _stp_map_next(map, &walk);
}

/**
 * foreach() - go through a map's elements in the order of insertion
 * @map: the map
 * @ptr: a pointer to struct map_node_int64, map_node_str or map_node_stat, as fits the map
 *
 * In the loop, ptr->val, ptr->str or ptr->stats is the value; key1int(ptr), key1str(ptr) and so on are its keys. The
 * current element of the context is left alone.
 */
#define foreach(map, ptr)                             \
	for (struct _stp_map_walk _stp_walk = {};     \
	     ((ptr) = (void *)_stp_map_next(map, &_stp_walk)) != NULL;)

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
