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

/* What a string came to as words of a key: how many, and them and those before mixed. Returned in two registers. */
struct _stp_words {
	u64 hash;
	u64 count;
};

/* A string that does not fit: its beginning, marked, at @words. */
static noinline struct _stp_words _stp_map_cut_string(MAP map, u64 *words, const char *string, u64 hash)
{
	char *to = (char *)words;
	size_t length = _stp_string_copy(to, string, MAP_STRING_LENGTH + 1, &map->cut);
	u64 count;

	do
		to[length++] = '\0';
	while (length % sizeof(u64));
	for (count = 0; count < length / sizeof(u64); count++)
		hash = _stp_map_mix(hash ^ words[count]);
	return (struct _stp_words){ hash, count };
}

/*
 * The word at @string, with zeros behind its end; tells whether it has one. Reading a word may go past the string's end, onto a page
 * that is not there, which load_unaligned_zeropad() bears. @length is where in the word the string ends.
 */
static __always_inline bool _stp_map_last_word(const char *string, u64 *word, u32 *length)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long bytes = load_unaligned_zeropad(string), zeros;

	*word = bytes;
	if (!has_zero(bytes, &zeros, &constants))
		return false;
	zeros = create_zero_mask(prep_zero_mask(bytes, zeros, &constants));
	*word = bytes & zero_bytemask(zeros);
	*length = find_zero(zeros);
	return true;
}

/* Puts @string at @words, and mixes them into @hash; one that does not fit is cut. */
static struct _stp_words _stp_map_put_string(MAP map, u64 *words, const char *string, u64 hash)
{
	u32 count, length = 0;
	u64 mixed = hash;
	bool last;

	for (count = 0; count < _STP_STRING_WORDS; count++) {
		last = _stp_map_last_word(string + count * sizeof(u64), &words[count], &length);
		mixed = _stp_map_mix(mixed ^ words[count]);
		if (last && count * sizeof(u64) + length <= MAP_STRING_LENGTH)
			return (struct _stp_words){ mixed, count + 1 };
		if (last)
			break;
	}
	return _stp_map_cut_string(map, words, string, hash);
}

static __always_inline void _stp_map_choose_string(struct _stp_map_cursor *cursor, struct _stp_words key)
{
	cursor->tag = key.hash;
	cursor->words = key.count;
	cursor->shape = _STP_SHAPE(key.count, 1, 0, 0);
}

/* What is not on the short way of _stp_map_key_str() is called last there: so it need not save registers for it. */
static noinline void _stp_map_key_str_loop(MAP map, struct _stp_map_cursor *cursor, const char *key)
{
	_stp_map_choose_string(cursor, _stp_map_put_string(map, cursor->key, key, 0));
}

/* In any context, and with any string. */
static noinline void _stp_map_key_str_any(MAP map, const char *key)
{
	struct _stp_map_cursor *cursor = _stp_map_here(map);

	cursor->shape = 0;
	if (key)
		_stp_map_key_str_loop(map, cursor, key);
}

/* Up to 15 bytes, as names of processes are, go without a loop; MAP_STRING_LENGTH is never less. */
static __always_inline void _stp_map_key_str_short(MAP map, struct _stp_map_cursor *cursor, const char *key)
{
	u64 word, hash = 0;
	u32 count = 1, length;

	if (!_stp_map_last_word(key, &word, &length)) {
		cursor->key[0] = word;
		hash = _stp_map_mix(word);
		if (!_stp_map_last_word(key + sizeof(word), &word, &length)) {
			_stp_map_key_str_loop(map, cursor, key);
			return;
		}
		count = 2;
	}
	cursor->key[count - 1] = word;
	_stp_map_choose_string(cursor, (struct _stp_words){ _stp_map_mix(hash ^ word), count });
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
	if (likely(key) && _stp_map_first_level(here))
		_stp_map_key_str_short(map, &_stp_map_cell(map, here)->cursor, key);
	else
		_stp_map_key_str_any(map, key);
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
static noinline notrace void _stp_map_key_long_str(MAP map, int64_t key1, const char *key2, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	struct _stp_words second;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key2)
		return;
	cursor->key[0] = key1;
	second = _stp_map_put_string(map, cursor->key + 1, key2, _stp_map_mix(key1));
	cursor->tag = second.hash;
	cursor->words = 1 + second.count;
	cursor->shape = _STP_SHAPE(1, 0, second.count, 1);
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
static noinline notrace void _stp_map_key_str_long(MAP map, const char *key1, int64_t key2, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	struct _stp_words first;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key1)
		return;
	first = _stp_map_put_string(map, cursor->key, key1, 0);
	cursor->key[first.count] = key2;
	cursor->tag = _stp_map_mix(first.hash ^ key2);
	cursor->words = first.count + 1;
	cursor->shape = _STP_SHAPE(first.count, 1, 1, 0);
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
static noinline notrace void _stp_map_key_str_str(MAP map, const char *key1, const char *key2, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;
	struct _stp_words first, second;

	if (!map)
		return;
	cursor = _stp_map_cursor(map, here);
	cursor->shape = 0;
	if (!key1 || !key2)
		return;
	first = _stp_map_put_string(map, cursor->key, key1, 0);
	second = _stp_map_put_string(map, cursor->key + first.count, key2, first.hash);
	cursor->tag = second.hash;
	cursor->words = first.count + second.count;
	cursor->shape = _STP_SHAPE(first.count, 1, second.count, 1);
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
