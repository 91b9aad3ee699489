// SPDX-License-Identifier: GPL-2.0
/*
 * maps: finding, creating and deleting elements of a shard, which the caller holds.
 *
 * The lists are changed by hand here: the kernel's functions may call out of the module to check them, and who probes such a
 * check would find the shard held.
 */

/*
 * The element with these keys; NULL if it is unset. @shape says the kind of value, too, and of @key as many words count as the tag does
 * not tell.
 */
static __always_inline struct map_node *_stp_map_find(const struct _stp_shard *shard, u64 tag, u32 shape, u32 words,
						      const u64 *key)
{
	struct map_node *node;
	u32 word;

	hlist_for_each_entry(node, &shard->chains[_stp_map_hash(tag) & shard->mask], hnode) {
		if (unlikely(node->tag != tag || node->shape != shape))
			continue;
		for (word = words; word && likely(node->key[word - 1] == key[word - 1]); word--)
			;
		if (likely(!word))
			break;
	}
	return node;
}

/* The element of a cursor's key, with a value of @type. */
static __always_inline struct map_node *_stp_map_find_here(const struct _stp_shard *shard,
							   const struct _stp_map_cursor *cursor, u32 type)
{
	return _stp_map_find(shard, cursor->tag, cursor->shape | _STP_KIND(type), cursor->words, cursor->key);
}

/* Takes an element out of its list and puts it before another place in some list. */
static __always_inline void _stp_map_relink(struct map_node *node, struct list_head *place)
{
	struct list_head *entry = &node->lnode;

	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->prev = place->prev;
	entry->next = place;
	entry->prev->next = entry;
	place->prev = entry;
}

/* Deletes an element: back to the free ones. Its serial stays, so that an iteration standing on it finds on. */
static void _stp_map_drop(struct _stp_shard *shard, struct map_node *node)
{
	hlist_del_init(&node->hnode);
	_stp_map_relink(node, shard->free.next);
	WRITE_ONCE(shard->count, shard->count - 1); /* read without the lock, too */
	shard->free_count++;
}

/* Makes room for one more; false, and counted, if there is none: an empty pool, or full and not to be replaced. */
static __always_inline bool _stp_map_room(MAP map, struct _stp_shard *shard, u64 tag)
{
	if (map->refill)
		map->refill(map);
	if (shard->free_count)
		return true;
	if (map->unkept)
		_stp_map_note_unkept(map->unkept, tag);
	if (map->refill || map->no_wrap) {
		atomic_long_inc(&map->refused);
		if (map->full)
			map->full(map);
		return false;
	}
	atomic_long_inc(&map->replaced);
	_stp_map_drop(shard, list_first_entry(&shard->nodes, struct map_node, lnode));
	return true;
}

/* Creates the element of the key in @cursor, which must be unset; its value is for the caller to fill. */
static noinline notrace struct map_node *_stp_map_create(MAP map, struct _stp_shard *shard,
							 const struct _stp_map_cursor *cursor, u32 type)
{
	u32 shape = cursor->shape, word;
	struct map_node *node;
	u64 *key;

	if (map->type != type) {
		atomic_long_inc(&map->mistaken);
		return NULL;
	}
	if (!shape || !_stp_map_room(map, shard, cursor->tag))
		return NULL;
	node = list_first_entry(&shard->free, struct map_node, lnode);
	key = (u64 *)node - map->key_words;
	for (word = 0; word < cursor->words; word++)
		key[word] = cursor->key[word];
	node->key = cursor->words ? key : &node->tag;
	node->tag = cursor->tag;
	node->shape = shape | _STP_KIND(type);
	node->serial = atomic64_inc_return(&map->serial);
	hlist_add_head(&node->hnode, &shard->chains[_stp_map_hash(node->tag) & shard->mask]);
	_stp_map_relink(node, &shard->nodes);
	shard->free_count--;
	WRITE_ONCE(shard->count, shard->count + 1);
	return node;
}
