// SPDX-License-Identifier: GPL-2.0
/*
 * map_strings: strings as values. One longer than MAP_STRING_LENGTH bytes is cut, marked and counted.
 */

/* An element of a map of STRING. */
struct map_node_str {
	struct map_node n;
	char str[_STP_STRING_WORDS * sizeof(u64)];
};

enum { STRING = _STP_VALTYPE(_STP_KIND_STRING, struct map_node_str) };

/*
 * Copies a value-to-be into this context's room for one, before a lock is taken: nobody knows what the caller's pointer
 * is. Returns the bytes of the copy, its end included.
 */
static size_t _stp_map_hold_string(MAP map, const char *string)
{
	return _stp_string_copy(_stp_map_room_for_value(map), string, MAP_STRING_LENGTH + 1, &map->cut) + 1;
}

/**
 * _stp_map_set_str() - set the current element's value
 * @map: a map of STRING; NULL does nothing
 * @val: the string, in kernel memory; NULL deletes the element ("" does not: it is a string)
 *
 * When full, see _stp_map_new(). Without a current key nothing happens.
 * Context: any.
 */
static void _stp_map_set_str(MAP map, const char *val)
{
	struct map_node_str *node;
	unsigned long flags;
	size_t size = 0;

	if (val && map && map->type == STRING)
		size = _stp_map_hold_string(map, val);
	if (!_stp_map_claim(map, STRING, &flags))
		return;
	if (size) {
		node = (void *)_stp_map_current_or_new(map);
		if (node)
			memcpy(node->str, _stp_map_room_for_value(map), size);
	} else {
		_stp_map_drop_current(map);
	}
	_stp_unlock(&map->lock, flags);
}
#define _stp_map_set_str(map, val) _Generic((map), PMAP: _stp_pmap_cannot_set, default: _stp_map_set_str)(map, val)

/**
 * _stp_map_get_str() - value of the current element
 * @map: a map of STRING, or NULL
 *
 * Context: any.
 * Return: a copy, good until this context's next _stp_map_get_str() or _stp_map_set_str() on this map; NULL if the
 * element is unset or no key is chosen.
 */
static char *_stp_map_get_str(MAP map)
{
	struct map_node_str *node;
	unsigned long flags;
	char *copy = NULL;

	if (!_stp_map_claim(map, STRING, &flags))
		return NULL;
	node = (void *)_stp_map_current(map);
	if (node) {
		copy = _stp_map_room_for_value(map);
		memcpy(copy, node->str, sizeof(node->str));
	}
	_stp_unlock(&map->lock, flags);
	return copy;
}
#define _stp_map_get_str(map) \
	((char *)_Generic((map), PMAP: _stp_pmap_cannot_read, default: _stp_map_get_str)(map))
