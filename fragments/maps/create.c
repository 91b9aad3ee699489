// SPDX-License-Identifier: GPL-2.0
/*
 * maps: memory of a map, by process code alone.
 */

/* A piece of memory with elements. */
struct _stp_map_chunk {
	struct _stp_map_chunk *next;
	u64 elements[]; /* of each, first the room for its keys, then the node */
};

static LIST_HEAD(_stp_maps);
static u32 _stp_map_number;

/* What the hooks do with each map. Set by the first one: so a module that makes none holds nothing for them. */
static void (*_stp_map_teller)(MAP map);
static void (*_stp_map_freer)(MAP map);

static void _stp_map_report(MAP map);

/* Allocates @count more elements onto the list @nodes. */
static struct _stp_map_chunk *_stp_map_new_chunk(MAP map, u32 count, struct list_head *nodes)
{
	size_t keys_size = map->key_words * sizeof(u64);
	size_t step = keys_size + _STP_NODE_SIZE(map->type);
	struct _stp_map_chunk *chunk = _stp_valloc(size_add(sizeof(*chunk), size_mul(count, step)));
	u32 i;

	for (i = 0; chunk && i < count; i++) {
		struct map_node *node = (void *)chunk->elements + i * step + keys_size;

		list_add_tail(&node->lnode, nodes);
	}
	return chunk;
}

/* A shard with room for @count elements, in 2 to the power of @bits chains. */
static bool _stp_shard_new(MAP map, struct _stp_shard *shard, u32 count, u32 bits)
{
	INIT_LIST_HEAD(&shard->nodes);
	INIT_LIST_HEAD(&shard->free);
	shard->mask = (1ull << bits) - 1;
	shard->chains = _stp_valloc(sizeof(struct hlist_head) << bits);
	if (!shard->chains)
		return false;
	shard->chunks = _stp_map_new_chunk(map, count, &shard->free);
	shard->free_count = count;
	return shard->chunks;
}

static void _stp_shard_free(struct _stp_shard *shard)
{
	struct _stp_map_chunk *chunk, *next;

	for (chunk = shard->chunks; chunk; chunk = next) {
		next = chunk->next;
		_stp_vfree(chunk);
	}
	_stp_vfree(shard->chains);
}

/* Chains of a table for @bound elements. */
static u32 _stp_map_bits(u32 bound)
{
	return HASH_TABLE_BITS ?: bound ? clamp_t(u32, order_base_2(bound), 1, 20) : 10;
}

/* Frees a map without a word; nothing else uses it any more. */
static void _stp_map_destroy(MAP map)
{
	if (map->destroy)
		map->destroy(map);
	list_del(&map->maps);
	_stp_shard_free(&map->shard);
	_stp_free(map->extra);
	_stp_vfree(map->unkept);
	_stp_free(map->process);
	free_percpu(map->memory);
}

/* A map without elements. */
static MAP _stp_map_make(u32 bound, u32 type, u32 key_words)
{
	size_t value = round_up(_STP_NODE_SIZE(type) - sizeof(struct map_node), sizeof(u64));
	/* A cursor: its keys, and a copy of a value to hand out. */
	u32 cursor_size = sizeof(struct _stp_map_cursor) + key_words * sizeof(u64) + value;
	struct map_root __percpu *memory = _stp_alloc_percpu(offsetof(struct map_root, cell.cursor) + STP_LEVELS * cursor_size);
	MAP map;

	if (!memory)
		return NULL;
	map = per_cpu_ptr(memory, cpumask_first(cpu_possible_mask));
	map->memory = memory;
	_stp_lock_init(&map->lock);
	INIT_LIST_HEAD(&map->maps);
	map->type = type;
	map->key_words = key_words;
	map->max_entries = bound;
	_stp_map_overflow(map, MAP_OVERFLOW);
	map->cursor_size = cursor_size;
	map->process = _stp_calloc(cursor_size);
	if (map->process)
		return map;
	_stp_map_destroy(map);
	return NULL;
}

/* A bounded map tells at the end how many elements it would have needed. */
static bool _stp_map_counts_unkept(MAP map)
{
	map->unkept = _stp_map_new_unkept(map->max_entries);
	return map->unkept;
}

/* The last step: what is on the list is freed at unload, and told about where it has an origin (a snapshot has none). */
static MAP _stp_map_enlist(MAP map, const struct _stp_map_origin *origin)
{
	map->origin = origin;
	_stp_map_teller = _stp_map_report;
	_stp_map_freer = _stp_map_destroy;
	map->number = origin ? ++_stp_map_number : 0;
	list_add_tail(&map->maps, &_stp_maps);
	return map;
}

/* Hook init. */
static int _stp_maps_init(void)
{
#ifdef per_cpu_offset
	int cpu, first = cpumask_first(cpu_possible_mask);

	for_each_possible_cpu(cpu)
		per_cpu(_stp_distance, cpu) = per_cpu_offset(cpu) - per_cpu_offset(first);
#endif
	return 0;
}
