// SPDX-License-Identifier: GPL-2.0
/*
 * map_strings: strings as keys.
 *
 * A string is copied into the cursor, with zeros up to the end of its last word; so strings are equal when their words
 * are. One longer than MAP_STRING_LENGTH bytes is cut, marked and counted; strings that begin alike then are one key.
 */
#include <linux/string.h>
#include <asm/word-at-a-time.h>

/* Words of the longest string, its end included. */
#define _STP_STRING_WORDS (MAP_STRING_LENGTH / sizeof(u64) + 1)

#undef _STP_MAP_KEY_WORDS
#define _STP_MAP_KEY_WORDS (2 * _STP_STRING_WORDS)

#undef _STP_IF_STRING
#define _STP_IF_STRING(f) char * : f, const char * : f,

/* A string that does not fit: its beginning, marked, at @words, and mixed into @hash; returns how many words it fills. */
static noinline u32 _stp_map_cut_string(MAP map, u64 *words, const char *string, u64 *hash)
{
	char *to = (char *)words;
	size_t length = _stp_string_copy(to, string, MAP_STRING_LENGTH + 1, &map->cut);
	u32 count, word;

	do
		to[length++] = '\0';
	while (length % sizeof(u64));
	count = length / sizeof(u64);
	for (word = 0; word < count; word++)
		*hash = _stp_map_mix(*hash ^ words[word]);
	return count;
}

/*
 * Puts @string at @words, with zeros up to the end of the last one, and mixes them into @hash; returns how many it fills. A word
 * at a time: reading it may go past the string's end, onto a page that is not there, which load_unaligned_zeropad() bears.
 */
static u32 _stp_map_put_string(MAP map, u64 *words, const char *string, u64 *hash)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	u64 mixed = *hash;
	u32 count;

	for (count = 0; count < _STP_STRING_WORDS; count++) {
		unsigned long word = load_unaligned_zeropad(string + count * sizeof(word)), zeros;
		bool last = has_zero(word, &zeros, &constants);

		if (last) {
			zeros = create_zero_mask(prep_zero_mask(word, zeros, &constants));
			if (count * sizeof(word) + find_zero(zeros) > MAP_STRING_LENGTH)
				break;
			word &= zero_bytemask(zeros);
		}
		words[count] = word;
		mixed = _stp_map_mix(mixed ^ word);
		if (last) {
			*hash = mixed;
			return count + 1;
		}
	}
	return _stp_map_cut_string(map, words, string, hash);
}

/**
 * _stp_map_key_str() - choose the element with one string as key
 * @map: the map; NULL does nothing
 * @key: the string, in kernel memory; with NULL none is chosen
 *
 * Context: any.
 */
static void _stp_map_key_str(MAP map, const char *key, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	u64 hash = 0;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = key ? _STP_SHAPE(_stp_map_put_string(map, cursor->key, key, &hash), 1, 0, 0) : 0;
	cursor->tag = hash;
}
#define _stp_map_key_str(map, key) _stp_map_key_str(_STP_KEYED(map), key, _stp_here)

/**
 * _stp_map_key_long_str() - choose the element with an integer and a string as keys
 * @map:  the map; NULL does nothing
 * @key1: the integer
 * @key2: the string, in kernel memory; with NULL none is chosen
 *
 * Context: any.
 */
static void _stp_map_key_long_str(MAP map, int64_t key1, const char *key2, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	u64 hash = _stp_map_mix(key1);

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->key[0] = key1;
	cursor->shape = key2 ? _STP_SHAPE(1, 0, _stp_map_put_string(map, cursor->key + 1, key2, &hash), 1) : 0;
	cursor->tag = hash;
}
#define _stp_map_key_long_str(map, key1, key2) _stp_map_key_long_str(_STP_KEYED(map), key1, key2, _stp_here)

/**
 * _stp_map_key_str_long() - choose the element with a string and an integer as keys
 * @map:  the map; NULL does nothing
 * @key1: the string, in kernel memory; with NULL none is chosen
 * @key2: the integer
 *
 * Context: any.
 */
static void _stp_map_key_str_long(MAP map, const char *key1, int64_t key2, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	u64 hash = 0;
	u32 words;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key1)
		return;
	words = _stp_map_put_string(map, cursor->key, key1, &hash);
	cursor->key[words] = key2;
	cursor->tag = _stp_map_mix(hash ^ key2);
	cursor->shape = _STP_SHAPE(words, 1, 1, 0);
}
#define _stp_map_key_str_long(map, key1, key2) _stp_map_key_str_long(_STP_KEYED(map), key1, key2, _stp_here)

/**
 * _stp_map_key_str_str() - choose the element with two strings as keys
 * @map:  the map; NULL does nothing
 * @key1: the first string, in kernel memory; with NULL none is chosen
 * @key2: the second, likewise
 *
 * Context: any.
 */
static void _stp_map_key_str_str(MAP map, const char *key1, const char *key2, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	u64 hash = 0;
	u32 words;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key1 || !key2)
		return;
	words = _stp_map_put_string(map, cursor->key, key1, &hash);
	cursor->shape = _STP_SHAPE(words, 1, _stp_map_put_string(map, cursor->key + words, key2, &hash), 1);
	cursor->tag = hash;
}
#define _stp_map_key_str_str(map, key1, key2) _stp_map_key_str_str(_STP_KEYED(map), key1, key2, _stp_here)

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
