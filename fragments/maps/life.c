// SPDX-License-Identifier: GPL-2.0
/*
 * maps: what a probe calls to have a map and to be rid of it, and what it is told at the end.
 */

/**
 * _stp_map_new() - make a map
 * @max_entries: bound of its elements, all allocated now; 0 for none: then it grows ahead by MAP_POOL elements
 * @type:        type of its values: INT64, STRING (map_strings) or STAT (map_stats)
 *
 * When a bounded map is full, a new element replaces the oldest, or is refused, as the macro MAP_OVERFLOW says, or for
 * this map _stp_map_overflow(); each is counted. All maps are freed at unload, after the probe's end.
 * Context: process.
 * Return: the map; NULL if there is no memory, which the kernel log then says.
 */
#define _stp_map_new(max_entries, type) _STP_MAP_NEW(max_entries, type, #max_entries)
#define _STP_MAP_NEW(max_entries, type, text)                                                            \
	({                                                                                               \
		u32 _bound = (max_entries);                                                              \
		_bound ? _stp_map_build(_bound, _bound, type, _STP_MAP_KEY_WORDS, _STP_ORIGIN(text)) :   \
			 _stp_map_new_growing(type, _STP_MAP_KEY_WORDS, _STP_ORIGIN(text));              \
	})

#define _STP_STRING(text) #text
#define _STP_PLACE(line) __FILE__ ":" _STP_STRING(line)
#define _STP_ORIGIN(text)                                                                                \
	({                                                                                               \
		static const struct _stp_map_origin _origin = { _STP_PLACE(__LINE__), text };            \
		&_origin;                                                                                \
	})

/* A map with @count elements; @bound is max_entries. */
static MAP _stp_map_build(u32 bound, u32 count, u32 type, u32 key_words, const struct _stp_map_origin *origin)
{
	MAP map = _stp_map_make(bound, type, key_words);

	if (!map)
		return NULL;
	if (_stp_shard_new(map, &map->shard, count, _stp_map_bits(bound)) && (!bound || _stp_map_counts_unkept(map)))
		return _stp_map_enlist(map, origin);
	_stp_map_destroy(map);
	return NULL;
}

static MAP _stp_map_new_growing(u32 type, u32 key_words, const struct _stp_map_origin *origin)
{
	MAP map = _stp_map_build(0, MAP_POOL, type, key_words, origin);

	if (map && !_stp_map_new_growth(map)) {
		_stp_map_destroy(map);
		return NULL;
	}
	return map;
}

/* A line about @lost elements that were refused or replaced, and what to raise. */
static void _stp_map_tell_bound(MAP map, long lost, const char *what)
{
	const struct _stp_map_origin *origin = map->origin;
	u32 bound = map->max_entries;
	bool named = origin->bound[0] >= 'A' && origin->bound[0] <= 'Z'; /* a macro, and no number or variable */

	if (lost)
		pr_warn("lost %ld %s of map %u (%s), all %u were in use; raise %s%s (now %u; %ld would have sufficed)\n",
			lost, what, map->number, origin->place, bound, named ? origin->bound : "max_entries",
			named ? " in probe.yaml" : " there", bound, bound + (long)_stp_map_unkept_keys(map->unkept, lost));
}

static void _stp_map_report(MAP map)
{
	u32 number = map->number;

	if (!map->origin) /* a snapshot */
		return;
	_stp_map_tell_bound(map, atomic_long_read(&map->replaced), "oldest elements");
	if (map->refill)
		_stp_lost(atomic_long_read(&map->refused), "MAP_POOL", MAP_POOL,
			  "new elements of map %u (%s), its pool was empty", number, map->origin->place);
	else
		_stp_map_tell_bound(map, atomic_long_read(&map->refused), "new elements");
#ifdef MAP_STRING_LENGTH
	_stp_lost(atomic_long_read(&map->cut), "MAP_STRING_LENGTH", MAP_STRING_LENGTH,
		  "ends of strings in map %u, they were longer than %u bytes", number, MAP_STRING_LENGTH);
#endif
	_stp_lost(atomic_long_read(&map->mistaken), NULL, 0,
		  "operations on map %u, its values are of another type", number);
	_stp_lost(atomic_long_read(&map->lock.refused), NULL, 0,
		  "operations on map %u, this CPU was in a map already", number);
}

/**
 * _stp_map_del() - free a map before unload; its losses are told at once
 * @map: the map (MAP or PMAP), no handler uses it any more; NULL does nothing
 *
 * Context: process.
 */
static void _stp_map_del(MAP map)
{
	if (!map)
		return;
	_stp_map_report(map);
	_stp_map_destroy(map);
}
#define _stp_map_del(map) _stp_map_del(_STP_KEYED(map))

static void _stp_maps_report(void)
{
	MAP map;

	if (_stp_map_teller)
		list_for_each_entry(map, &_stp_maps, maps)
			_stp_map_teller(map);
}

static void _stp_maps_exit(void)
{
	MAP map, next;

	if (_stp_map_freer)
		list_for_each_entry_safe(map, next, &_stp_maps, maps)
			_stp_map_freer(map);
}
