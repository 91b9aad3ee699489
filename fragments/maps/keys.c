// SPDX-License-Identifier: GPL-2.0
/*
 * maps: choosing the current key.
 *
 * A shape holds the words of the first and of the second key, and for each whether it is a string. It is never 0.
 */
#define _STP_SHAPE(words1, string1, words2, string2) \
	((u32)(words1) | (u32)(words2) << 8 | (u32)(string1) << 16 | (u32)(string2) << 17)
#define _STP_SHAPE_LONG _STP_SHAPE(1, 0, 0, 0)
#define _STP_SHAPE_LONG_LONG _STP_SHAPE(1, 0, 1, 0)
#define _STP_SHAPE_WORDS1(shape) ((shape) & 0xff)
#define _STP_SHAPE_WORDS2(shape) ((shape) >> 8 & 0xff)

/* Room for keys in an element, in words. map_strings makes it wider. */
#define _STP_MAP_KEY_WORDS 2

/* One more word into a hash; the upper half of the product depends on all bits, so the hash is taken from there. */
static __always_inline u64 _stp_map_mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * GOLDEN_RATIO_64;
	return hash ^ hash >> 32;
}

/* What _stp_map_mix() makes of a last word. */
static __always_inline u32 _stp_map_hash(u64 word)
{
	return (word * GOLDEN_RATIO_64) >> 32;
}

/* The cursor of the calling context. */
static __always_inline struct _stp_map_cursor *_stp_map_here(MAP map)
{
	int level = _stp_level_now();

	return level ? raw_cpu_ptr(map->handlers[level - 1]) : map->process;
}

/* Where the calling context keeps a copy of a value: behind its key. */
static __always_inline void *_stp_map_room_for_value(MAP map)
{
	return _stp_map_here(map)->key + map->key_words;
}

/**
 * _stp_map_key_long() - choose the element with one integer as key
 * @map: the map; NULL does nothing
 * @key: the key
 *
 * The key stays chosen in this context until another one is, or until its element is deleted here.
 * Context: any.
 */
static __always_inline void _stp_map_key_long(MAP map, int64_t key)
{
	struct _stp_map_cursor *cursor;

	if (!map)
		return;
	cursor = _stp_map_here(map);
	cursor->shape = _STP_SHAPE_LONG;
	cursor->hash = _stp_map_hash(key);
	cursor->key[0] = key;
}

/**
 * _stp_map_key_long_long() - choose the element with two integers as keys
 * @map:  the map; NULL does nothing
 * @key1: the first key
 * @key2: the second key
 *
 * Context: any.
 */
static __always_inline void _stp_map_key_long_long(MAP map, int64_t key1, int64_t key2)
{
	struct _stp_map_cursor *cursor;

	if (!map)
		return;
	cursor = _stp_map_here(map);
	cursor->shape = _STP_SHAPE_LONG_LONG;
	cursor->hash = _stp_map_hash(_stp_map_mix(0, key1) ^ key2);
	cursor->key[0] = key1;
	cursor->key[1] = key2;
}

/* What stands for the functions of map_strings where that is not there. */
void _stp_no_strings(MAP map, ...)
	__compiletime_error("strings in maps and lists: add map_strings (list_strings) to needs in probe.yaml");

/* Branches of _Generic for strings and for stats; map_strings, list_strings and map_stats put theirs here. */
#define _STP_IF_STRING(f) char * : _stp_no_strings, const char * : _stp_no_strings,
#define _STP_IF_STAT(f)

/**
 * _stp_map_key() - choose the element with one key, an integer or a string by its type
 * @map: the map; NULL does nothing
 * @key: the key; strings are of type char * or const char *, and need map_strings
 *
 * Context: any.
 */
#define _stp_map_key(map, key) \
	_Generic((key), _STP_IF_STRING(_stp_map_key_str) default: _stp_map_key_long)(map, key)

/**
 * _stp_map_key2() - choose the element with two keys, each an integer or a string by its type
 * @map:  the map; NULL does nothing
 * @key1: the first key
 * @key2: the second key
 *
 * Context: any.
 */
#define _stp_map_key2(map, key1, key2)                                                              \
	_Generic((key1),                                                                            \
		_STP_IF_STRING(_Generic((key2), _STP_IF_STRING(_stp_map_key_str_str)                \
			       default: _stp_map_key_str_long))                                     \
		default: _Generic((key2), _STP_IF_STRING(_stp_map_key_long_str)                     \
			       default: _stp_map_key_long_long))(map, key1, key2)
