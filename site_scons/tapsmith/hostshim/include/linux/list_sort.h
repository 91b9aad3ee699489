// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_LIST_SORT_H
#define LINUX_LIST_SORT_H

#include <linux/list.h>

typedef int (*list_cmp_func_t)(void *priv, const struct list_head *a, const struct list_head *b);

/* By insertion: stable, as the kernel's, and the nearer to order the list is already, the faster. */
static inline void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
{
	struct list_head *node, *next, *place;

	for (node = head->next; node != head; node = next) {
		next = node->next;
		for (place = node->prev; place != head && cmp(priv, place, node) > 0;)
			place = place->prev;
		list_move(node, place);
	}
}

#endif
