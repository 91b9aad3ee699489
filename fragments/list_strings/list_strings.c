// SPDX-License-Identifier: GPL-2.0
/*
 * list_strings: lists of strings.
 */

/**
 * _stp_list_add_str() - append a string
 * @list: a list of STRING; NULL does nothing
 * @val:  the string, in kernel memory; NULL does nothing
 *
 * One longer than MAP_STRING_LENGTH bytes is cut, marked and counted. The new element is the current one then.
 * When full, see _stp_map_new(); a refused value uses up no key.
 * Context: any.
 */
static void _stp_list_add_str(MAP list, const char *val)
{
	struct map_node_str *node;
	unsigned long flags;
	size_t size = 0;

	if (!val)
		return;
	if (list && list->type == STRING)
		size = _stp_map_hold_string(list, val);
	if (!_stp_map_claim(list, STRING, &flags))
		return;
	node = (void *)_stp_list_append(list);
	if (node)
		memcpy(node->str, _stp_map_room_for_value(list), size);
	_stp_unlock(&list->lock, flags);
}
