// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_LIST_H
#define LINUX_LIST_H

#include <linux/types.h>

/* Lists that go round: a head is an element without a body. */
#define LIST_HEAD_INIT(head) { &(head), &(head) }
#define LIST_HEAD(head) struct list_head head = LIST_HEAD_INIT(head)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head->prev = head;
}

/* Puts what begins with @first and ends with @last between two neighbours. */
static inline void host_list_insert(struct list_head *first, struct list_head *last, struct list_head *before,
				    struct list_head *after)
{
	first->prev = before;
	last->next = after;
	before->next = first;
	after->prev = last;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	host_list_insert(node, node, head, head->next);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	host_list_insert(node, node, head->prev, head);
}

/* What is off a list points to an address of no memory. */
static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = (void *)0x100;
}

static inline void list_del_init(struct list_head *node)
{
	list_del(node);
	INIT_LIST_HEAD(node);
}

static inline void list_move(struct list_head *node, struct list_head *head)
{
	list_del(node);
	list_add(node, head);
}

static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	list_del(node);
	list_add_tail(node, head);
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline bool list_is_last(const struct list_head *node, const struct list_head *head)
{
	return node->next == head;
}

static inline void list_splice(struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		host_list_insert(list->next, list->prev, head, head->next);
}

static inline void list_splice_tail(struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		host_list_insert(list->next, list->prev, head->prev, head);
}

static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_next_entry(pos, member) list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member) list_entry((pos)->member.prev, __typeof__(*(pos)), member)
#define list_entry_is_head(pos, head, member) (&(pos)->member == (head))

#define list_for_each(pos, head) for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_safe(pos, after, head) \
	for (pos = (head)->next, after = pos->next; pos != (head); pos = after, after = pos->next)
#define list_for_each_entry_from(pos, head, member) \
	for (; !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry(pos, head, member)                        \
	for (pos = list_first_entry(head, __typeof__(*pos), member);  \
	     !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member)                \
	for (pos = list_last_entry(head, __typeof__(*pos), member);   \
	     !list_entry_is_head(pos, head, member); pos = list_prev_entry(pos, member))
#define list_for_each_entry_continue(pos, head, member)               \
	for (pos = list_next_entry(pos, member);                      \
	     !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry_safe(pos, after, head, member)            \
	for (pos = list_first_entry(head, __typeof__(*pos), member),  \
	     after = list_next_entry(pos, member);                    \
	     !list_entry_is_head(pos, head, member);                  \
	     pos = after, after = list_next_entry(after, member))

/* Chains whose head is one pointer; a node knows the pointer that points to it. */
#define HLIST_HEAD_INIT { NULL }
#define HLIST_HEAD(head) struct hlist_head head = HLIST_HEAD_INIT
#define INIT_HLIST_HEAD(head) ((void)((head)->first = NULL))

static inline void INIT_HLIST_NODE(struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = NULL;
}

static inline bool hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	if (node->next)
		node->next->pprev = &node->next;
	head->first = node;
	node->pprev = &head->first;
}

static inline void hlist_del_init(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	INIT_HLIST_NODE(node);
}

static inline void hlist_del(struct hlist_node *node)
{
	hlist_del_init(node);
	node->next = (void *)0x100;
	node->pprev = (void *)0x100;
}

#define hlist_entry(ptr, type, member) container_of(ptr, type, member)
#define hlist_entry_safe(ptr, type, member)                             \
	({                                                              \
		__typeof__(ptr) _node = (ptr);                          \
		_node ? hlist_entry(_node, type, member) : NULL;        \
	})
#define hlist_for_each_entry(pos, head, member)                                       \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*(pos)), member); pos;  \
	     pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
#define hlist_for_each_entry_safe(pos, after, head, member)                           \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*(pos)), member);       \
	     pos && ({ after = (pos)->member.next; 1; });                             \
	     pos = hlist_entry_safe(after, __typeof__(*(pos)), member))

#endif
