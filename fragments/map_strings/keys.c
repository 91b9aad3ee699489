// SPDX-License-Identifier: GPL-2.0
/*
 * map_strings: strings as keys.
 *
 * A string is copied into the cursor, with zeros up to the end of its last word; so strings are equal when their words
 * are. One longer than MAP_STRING_LENGTH bytes is cut, marked and counted; strings that begin alike then are one key.
 */

/* Words of the longest string, its end included. */
#define _STP_STRING_WORDS (MAP_STRING_LENGTH / sizeof(u64) + 1)

#undef _STP_MAP_KEY_WORDS
#define _STP_MAP_KEY_WORDS (2 * _STP_STRING_WORDS)

#undef _STP_IF_STRING
#define _STP_IF_STRING(f) char * : f, const char * : f,

/* Puts @string at @words; returns how many it fills. */
static u32 _stp_map_put_string(MAP map, u64 *words, const char *string)
{
	char *to = (char *)words;
	size_t length = _stp_string_copy(to, string, MAP_STRING_LENGTH + 1, &map->cut);

	do
		to[length++] = '\0';
	while (length % sizeof(u64));
	return length / sizeof(u64);
}

/* Chooses the key whose words lie in @cursor. */
static void _stp_map_choose(struct _stp_map_cursor *cursor, u32 words1, bool string1, u32 words2, bool string2)
{
	u64 hash = 0;
	u32 word;

	for (word = 0; word < words1 + words2; word++)
		hash = _stp_map_mix(hash, cursor->key[word]);
	cursor->hash = hash >> 32;
	cursor->shape = _STP_SHAPE(words1, string1, words2, string2);
}

/**
 * _stp_map_key_str() - choose the element with one string as key
 * @map: the map; NULL does nothing
 * @key: the string, in kernel memory; with NULL none is chosen
 *
 * Context: any.
 */
static void _stp_map_key_str(MAP map, const char *key)
{
	struct _stp_map_cursor *cursor;

	if (!map)
		return;
	cursor = _stp_map_here(map);
	cursor->shape = 0;
	if (key)
		_stp_map_choose(cursor, _stp_map_put_string(map, cursor->key, key), true, 0, false);
}

/**
 * _stp_map_key_long_str() - choose the element with an integer and a string as keys
 * @map:  the map; NULL does nothing
 * @key1: the integer
 * @key2: the string, in kernel memory; with NULL none is chosen
 *
 * Context: any.
 */
static void _stp_map_key_long_str(MAP map, int64_t key1, const char *key2)
{
	struct _stp_map_cursor *cursor;

	if (!map)
		return;
	cursor = _stp_map_here(map);
	cursor->shape = 0;
	if (!key2)
		return;
	cursor->key[0] = key1;
	_stp_map_choose(cursor, 1, false, _stp_map_put_string(map, cursor->key + 1, key2), true);
}

/**
 * _stp_map_key_str_long() - choose the element with a string and an integer as keys
 * @map:  the map; NULL does nothing
 * @key1: the string, in kernel memory; with NULL none is chosen
 * @key2: the integer
 *
 * Context: any.
 */
static void _stp_map_key_str_long(MAP map, const char *key1, int64_t key2)
{
	struct _stp_map_cursor *cursor;
	u32 words;

	if (!map)
		return;
	cursor = _stp_map_here(map);
	cursor->shape = 0;
	if (!key1)
		return;
	words = _stp_map_put_string(map, cursor->key, key1);
	cursor->key[words] = key2;
	_stp_map_choose(cursor, words, true, 1, false);
}

/**
 * _stp_map_key_str_str() - choose the element with two strings as keys
 * @map:  the map; NULL does nothing
 * @key1: the first string, in kernel memory; with NULL none is chosen
 * @key2: the second, likewise
 *
 * Context: any.
 */
static void _stp_map_key_str_str(MAP map, const char *key1, const char *key2)
{
	struct _stp_map_cursor *cursor;
	u32 words;

	if (!map)
		return;
	cursor = _stp_map_here(map);
	cursor->shape = 0;
	if (!key1 || !key2)
		return;
	words = _stp_map_put_string(map, cursor->key, key1);
	_stp_map_choose(cursor, words, true, _stp_map_put_string(map, cursor->key + words, key2), true);
}

#define key1str(ptr) _stp_node_key_str((struct map_node *)(ptr), 0)
#define key2str(ptr) _stp_node_key_str((struct map_node *)(ptr), 1)

/* A key that is a string; "" where the element has no such key. Valid as long as the element is. */
static const char *_stp_node_key_str(const struct map_node *node, int which)
{
	u32 shape = node->shape;

	if (!(shape >> (16 + which) & 1))
		return "";
	return (const char *)(node->key + (which ? _STP_SHAPE_WORDS1(shape) : 0));
}
