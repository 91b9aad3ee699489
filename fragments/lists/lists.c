// SPDX-License-Identifier: GPL-2.0
/*
 * lists: maps whose keys are 1, 2, 3 ... in the order in which values were added.
 *
 * All that reads maps reads lists: foreach() goes in the order of the keys, _stp_map_key_long() chooses one element.
 * Unlike a map's element, a list's may be 0: a list keeps what was added.
 */

/**
 * _stp_list_new() - make a list
 * @max_entries: as for _stp_map_new(): a full list drops its oldest element, or refuses the new one
 * @type:        INT64, or STRING (list_strings)
 *
 * It is freed at unload, or by _stp_map_del().
 * Context: process.
 * Return: the list; NULL if there is no memory, which the kernel log then says.
 */
#define _stp_list_new(max_entries, type) _STP_MAP_NEW(max_entries, type, #max_entries)

/* Creates the next element, and makes it the current one; under the list's lock. NULL if it is refused. */
static struct map_node *_stp_list_append(MAP list)
{
	struct _stp_map_cursor *cursor = _stp_map_here(list);
	struct map_node *node;

	cursor->tag = list->last_key + 1;
	cursor->shape = _STP_SHAPE_LONG;
	cursor->words = 0;
	node = _stp_map_create(list, &list->shard, cursor, list->type);
	if (node)
		list->last_key++;
	return node;
}

/**
 * _stp_list_add_int64() - append an integer
 * @list: a list of INT64; NULL does nothing
 * @val:  the value, 0 like any other
 *
 * The new element is the current one then. When full, see _stp_map_new(); a refused value uses up no key.
 * Context: any.
 */
static void _stp_list_add_int64(MAP list, int64_t val)
{
	struct map_node_int64 *node;
	unsigned long flags;

	if (!_stp_map_claim(list, INT64, &flags))
		return;
	node = (void *)_stp_list_append(list);
	if (node)
		node->val = val;
	_stp_unlock(&list->lock, flags);
}

/**
 * _stp_list_add() - append a value, by its type: an integer or a string
 * @list: a list of that type of values; NULL does nothing
 * @val:  the value
 *
 * Context: any.
 */
#define _stp_list_add(list, val) \
	_Generic((val), _STP_IF_STRING(_stp_list_add_str) default: _stp_list_add_int64)(list, val)

/**
 * _stp_list_size() - how many elements a list (or a map) has
 * @list: the list; NULL has none
 *
 * Context: any.
 */
static u32 _stp_list_size(MAP list)
{
	return list ? READ_ONCE(list->shard.count) : 0;
}

/**
 * _stp_list_clear() - delete the elements; once a list is empty its keys begin with 1 again
 * @list: the list; NULL does nothing
 *
 * As _stp_map_clear().
 * Context: any.
 */
#define _stp_list_clear(list) _stp_map_clear(list)
