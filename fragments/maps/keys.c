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
#define _STP_SHAPE_IS_LONG(shape) (((shape) & 0x3ffff) == _STP_SHAPE_LONG)

/* Room for keys in an element, in words. map_strings makes it wider. */
#define _STP_MAP_KEY_WORDS 2

#define _STP_MAP_FACTOR 0xcba00d7c6a34219bull

/* A step of mixing, and of words into each other. One to one, so words that differ stay different. */
static __always_inline u64 _stp_map_mix(u64 word)
{
	word *= _STP_MAP_FACTOR;
	return word ^ word >> 30;
}

/*
 * The hash of a tag, whose lower bits choose the chain: one product. The factor is one of millions tried: with keys at a distance of
 * any power of two up to 65536 (numbers in sequence, pages), chains are at most 9 % longer than those of random keys.
 */
static __always_inline u32 _stp_map_hash(u64 tag)
{
	return tag * _STP_MAP_FACTOR >> 32;
}

/* This CPU's part of a map. */
static __always_inline struct _stp_cell *_stp_map_cell(MAP map, const struct _stp_here here)
{
#ifdef per_cpu_offset
	return (void *)&map->cell + (here.known ? here.distance : raw_cpu_read(_stp_distance));
#else
	return &raw_cpu_ptr(map->memory)->cell;
#endif
}

static __always_inline bool _stp_map_first_level(const struct _stp_here here)
{
	return likely(here.known ? here.level == 1 : _stp_level_is_first());
}

/* The cursor of a context that is not a handler on level 1. */
static noinline notrace struct _stp_map_cursor *_stp_map_elsewhere(MAP map)
{
	int level = _stp_level_now();

	if (!level)
		return map->process;
	return (void *)&_stp_map_cell(map, _stp_here)->cursor + (level - 1) * map->cursor_size;
}

/* The cursor of the calling context. */
static __always_inline struct _stp_map_cursor *_stp_map_cursor(MAP map, const struct _stp_here here)
{
	return _stp_map_first_level(here) ? &_stp_map_cell(map, here)->cursor : _stp_map_elsewhere(map);
}

#define _stp_map_here(map) _stp_map_cursor(map, _stp_here)

/* Where the calling context keeps a copy of a value: behind its key. */
static __always_inline void *_stp_map_room_for_value(MAP map)
{
	return _stp_map_here(map)->key + map->key_words;
}

/* Not on level 1. */
static noinline void _stp_map_key_long_elsewhere(MAP map, int64_t key)
{
	struct _stp_map_cursor *cursor = _stp_map_elsewhere(map);

	cursor->tag = key;
	cursor->shape = _STP_SHAPE_LONG;
	cursor->words = 0;
}

/**
 * _stp_map_key_long() - choose the element with one integer as key
 * @map: the map; NULL does nothing
 * @key: the key
 *
 * The key stays chosen in this context until another one is, or until its element is deleted here.
 * Context: any.
 */
static __always_inline void _stp_map_key_long(MAP map, int64_t key, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;

	if (!map)
		return;
	if (!_stp_map_first_level(here)) {
		_stp_map_key_long_elsewhere(map, key);
		return;
	}
	cursor = &_stp_map_cell(map, here)->cursor;
	cursor->tag = key;
	cursor->shape = _STP_SHAPE_LONG;
	cursor->words = 0;
}
#define _stp_map_key_long(map, key) _stp_map_key_long(_STP_KEYED(map), key, _stp_here)

/* Not on level 1. */
static noinline void _stp_map_key_long_long_elsewhere(MAP map, int64_t key1, int64_t key2)
{
	struct _stp_map_cursor *cursor = _stp_map_elsewhere(map);

	cursor->tag = _stp_map_mix(key1) + key2;
	cursor->shape = _STP_SHAPE_LONG_LONG;
	cursor->words = 2;
	cursor->key[0] = key1;
	cursor->key[1] = key2;
}

/**
 * _stp_map_key_long_long() - choose the element with two integers as keys
 * @map:  the map; NULL does nothing
 * @key1: the first key
 * @key2: the second key
 *
 * Context: any.
 */
static __always_inline void _stp_map_key_long_long(MAP map, int64_t key1, int64_t key2, const struct _stp_here here)
{
	struct _stp_map_cursor *cursor;

	if (!map)
		return;
	if (!_stp_map_first_level(here)) {
		_stp_map_key_long_long_elsewhere(map, key1, key2);
		return;
	}
	cursor = &_stp_map_cell(map, here)->cursor;
	cursor->tag = _stp_map_mix(key1) + key2;
	cursor->shape = _STP_SHAPE_LONG_LONG;
	cursor->words = 2;
	cursor->key[0] = key1;
	cursor->key[1] = key2;
}
#define _stp_map_key_long_long(map, key1, key2) _stp_map_key_long_long(_STP_KEYED(map), key1, key2, _stp_here)

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
	_Generic((key), _STP_IF_STRING(_stp_map_key_str) default: _stp_map_key_long)(_STP_KEYED(map), key, _stp_here)

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
			       default: _stp_map_key_long_long))(_STP_KEYED(map), key1, key2, _stp_here)
