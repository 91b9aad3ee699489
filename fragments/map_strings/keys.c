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

/* What has become of a string: how many words it fills, and the hash with them mixed in. In registers, not in memory. */
struct _stp_put {
	u64 hash;
	u32 words;
};

/* A string that does not fit: its beginning, marked, at @words. */
static noinline struct _stp_put _stp_map_cut_string(MAP map, u64 *words, const char *string, u64 hash)
{
	char *to = (char *)words;
	size_t length = _stp_string_copy(to, string, MAP_STRING_LENGTH + 1, &map->cut);
	struct _stp_put put = { .hash = hash };

	do
		to[length++] = '\0';
	while (length % sizeof(u64));
	for (put.words = 0; put.words < length / sizeof(u64); put.words++)
		put.hash = _stp_map_mix(put.hash ^ words[put.words]);
	return put;
}

/*
 * Puts the next word of a string behind those that are at @words; returns whether the string ends in it. Reading a word may go
 * past the string's end, onto a page that is not there, which load_unaligned_zeropad() bears.
 */
static __always_inline bool _stp_map_put_word(struct _stp_put *put, u64 *words, const char *string)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long word = load_unaligned_zeropad(string + put->words * sizeof(word)), zeros;
	bool last = has_zero(word, &zeros, &constants);

	if (last)
		word &= zero_bytemask(create_zero_mask(prep_zero_mask(word, zeros, &constants)));
	words[put->words++] = word;
	put->hash = _stp_map_mix(put->hash ^ word);
	return last;
}

/* Puts a string at @words, with zeros up to the end of the last one, and mixes them into @hash. */
static noinline _stp_saves_registers struct _stp_put _stp_map_put_string(MAP map, u64 *words, const char *string, u64 hash)
{
	struct _stp_put put = { .hash = hash };

	while (put.words < _STP_STRING_WORDS)
		if (_stp_map_put_word(&put, words, string)) {
			/* It may end in the last word, and yet behind the bound. */
			if (put.words == _STP_STRING_WORDS && ((char *)words)[MAP_STRING_LENGTH])
				break;
			return put;
		}
	return _stp_map_cut_string(map, words, string, hash);
}

/* Short strings, as names of processes are, without a loop. The bound is never less than two words. */
static __always_inline void _stp_map_key_str_at(MAP map, struct _stp_map_cursor *cursor, const char *key)
{
	struct _stp_put put = {};

	if (unlikely(!key)) {
		cursor->shape = 0;
		return;
	}
	if (!_stp_map_put_word(&put, cursor->key, key) && !_stp_map_put_word(&put, cursor->key, key))
		put = _stp_map_put_string(map, cursor->key, key, 0);
	cursor->shape = _STP_SHAPE(put.words, 1, 0, 0);
	cursor->tag = put.hash;
}

/* Not on level 1. */
static noinline _stp_saves_registers void _stp_map_key_str_elsewhere(MAP map, const char *key)
{
	_stp_map_key_str_at(map, _stp_map_elsewhere(map), key);
}

/**
 * _stp_map_key_str() - choose the element with one string as key
 * @map: the map; NULL does nothing
 * @key: the string, in kernel memory; with NULL none is chosen
 *
 * Context: any.
 */
static __always_inline void _stp_map_key_str(MAP map, const char *key, const struct _stp_here here)
{
	if (!map)
		return;
	if (_stp_map_first_level(here))
		_stp_map_key_str_at(map, &_stp_map_cell(map, here)->cursor, key);
	else
		_stp_map_key_str_elsewhere(map, key);
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
	struct _stp_put put;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key2)
		return;
	cursor->key[0] = key1;
	put = _stp_map_put_string(map, cursor->key + 1, key2, _stp_map_mix(key1));
	cursor->shape = _STP_SHAPE(1, 0, put.words, 1);
	cursor->tag = put.hash;
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
	struct _stp_put put;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key1)
		return;
	put = _stp_map_put_string(map, cursor->key, key1, 0);
	cursor->key[put.words] = key2;
	cursor->tag = _stp_map_mix(put.hash ^ key2);
	cursor->shape = _STP_SHAPE(put.words, 1, 1, 0);
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
	struct _stp_put first, second;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key1 || !key2)
		return;
	first = _stp_map_put_string(map, cursor->key, key1, 0);
	second = _stp_map_put_string(map, cursor->key + first.words, key2, first.hash);
	cursor->shape = _STP_SHAPE(first.words, 1, second.words, 1);
	cursor->tag = second.hash;
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
