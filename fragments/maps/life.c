// SPDX-License-Identifier: GPL-2.0
/*
 * maps: what a probe calls to have a map and to be rid of it.
 */

/* Frees a map without a word; nothing else uses it any more. */
static void _stp_map_destroy(MAP map)
{
	if (map->growth) {
		irq_work_sync(&map->growth->irq);
		cancel_work_sync(&map->growth->work);
		_stp_free(map->growth);
	}
	list_del(&map->maps);
	_stp_map_free(map);
}

/**
 * _stp_map_new() - make a map
 * @max_entries: bound of its elements, all allocated now; 0 for none: then it grows ahead by MAP_POOL elements
 * @type:        type of its values: INT64, STRING (map_strings) or STAT (map_stats)
 *
 * When a bounded map is full, a new element replaces the oldest, or is refused where the macro MAP_OVERFLOW says so,
 * or map->no_wrap has been set to 1; each is counted. All maps are freed at unload, after the probe's end.
 * Context: process.
 * Return: the map; NULL if there is no memory, which the kernel log then says.
 */
#define _stp_map_new(max_entries, type)                                             \
	(__builtin_constant_p(max_entries) && (max_entries) ?                       \
		 _stp_map_new_bounded(max_entries, type, _STP_MAP_KEY_WORDS) :      \
		 _stp_map_new_any(max_entries, type, _STP_MAP_KEY_WORDS))

static MAP _stp_map_new_any(u32 max_entries, u32 type, u32 key_words)
{
	return max_entries ? _stp_map_new_bounded(max_entries, type, key_words) : _stp_map_new_growing(type, key_words);
}

/**
 * _stp_map_del() - free a map before unload; its losses are told at once
 * @map: the map, no handler uses it any more; NULL does nothing
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

static void _stp_maps_report(void)
{
	MAP map;

	list_for_each_entry(map, &_stp_maps, maps)
		_stp_map_report(map);
}

static void _stp_maps_exit(void)
{
	MAP map, next;

	list_for_each_entry_safe(map, next, &_stp_maps, maps)
		_stp_map_destroy(map);
}
