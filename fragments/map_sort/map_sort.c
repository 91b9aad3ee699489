// SPDX-License-Identifier: GPL-2.0
/*
 * map_sort: a map's elements in the order of a key or of the value.
 *
 * Sorted are the elements themselves: foreach() and printing go in the new order then. Equal elements stay in the order that
 * they had. Elements are numbered anew, with numbers never used before; so what is created later comes behind, and a full map
 * that replaces takes for its oldest element the first one. The map's lock is held all the while: sort where no handler uses
 * the map, in probe_end(), or sort its _stp_map_snapshot().
 *
 * A value stands right behind its struct map_node; a statistic begins with count, sum, least and greatest. So this needs no
 * fragment for strings or statistics.
 */
#include <linux/list_sort.h>
#include <linux/printk.h>
#include <linux/string.h>

/* What a map of STAT may be sorted by, in place of the number of a key. */
enum { SORT_COUNT = -5, SORT_SUM, SORT_MIN, SORT_MAX, SORT_AVG };

/* Below 0, 0, above 0. */
#define _STP_ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* How to sort: @by is a key's number, 0 for the value, or one of SORT_...; @dir is below 0 for the greatest first. */
struct _stp_map_order {
	u32 kind;
	int by;
	int dir;
};

/* Integers come before strings, and what has no such key at all before them. */
static int _stp_map_key_rank(const struct map_node *node, int which)
{
	u32 shape = node->shape;

	if (!(which ? _STP_SHAPE_WORDS2(shape) : _STP_SHAPE_WORDS1(shape)))
		return 0;
	return 1 + (shape >> (16 + which) & 1);
}

static int _stp_map_compare_keys(const struct map_node *a, const struct map_node *b, int which)
{
	int rank = _stp_map_key_rank(a, which), other = _stp_map_key_rank(b, which);

	if (rank != other)
		return rank - other;
	if (rank == 2)
		return strcmp((const char *)(a->key + (which ? _STP_SHAPE_WORDS1(a->shape) : 0)),
			      (const char *)(b->key + (which ? _STP_SHAPE_WORDS1(b->shape) : 0)));
	return _STP_ORDER(_stp_node_key_int(a, which), _stp_node_key_int(b, which));
}

static int _stp_map_compare_values(const struct map_node *a, const struct map_node *b, u32 kind, int by)
{
	const int64_t *x = (const int64_t *)(a + 1), *y = (const int64_t *)(b + 1);

	if (kind == _STP_KIND_STRING)
		return strcmp((const char *)x, (const char *)y);
	/* Sums crosswise times counts: no rounding makes equal what differs. */
	if (by == SORT_AVG)
		return _STP_ORDER((__int128)x[1] * y[0], (__int128)y[1] * x[0]);
	return by ? _STP_ORDER(x[by - SORT_COUNT], y[by - SORT_COUNT]) : _STP_ORDER(x[0], y[0]);
}

static int _stp_map_compare(void *how, const struct list_head *a, const struct list_head *b)
{
	const struct map_node *x = list_entry(a, struct map_node, lnode), *y = list_entry(b, struct map_node, lnode);
	const struct _stp_map_order *order = how;
	int result = order->by > 0 ? _stp_map_compare_keys(x, y, order->by - 1) :
				     _stp_map_compare_values(x, y, order->kind, order->by);

	return order->dir < 0 ? -result : result;
}

/* Brings the first @n of the order to the front; one pass that compares most elements with the last of these only. */
static void _stp_map_select(struct list_head *nodes, u32 n, struct _stp_map_order *order)
{
	struct list_head *node, *next, *place;
	LIST_HEAD(top);
	u32 count = 0;

	list_for_each_safe(node, next, nodes) {
		for (place = top.prev; place != &top && _stp_map_compare(order, place, node) > 0;)
			place = place->prev;
		if (count == n && place == top.prev)
			continue;
		list_move(node, place);
		/* Displaced: back to where the walk has been already. */
		if (count == n)
			list_move_tail(top.prev, next);
		else
			count++;
	}
	list_splice(&top, nodes);
}

/* What is wrong with @by; NULL if nothing. */
static const char *_stp_map_order_wrong(u32 kind, int by)
{
	if (by < SORT_COUNT || by > 2)
		return "there is no such key";
	return by < 0 && kind != _STP_KIND_STAT ? "its values are no statistics" : NULL;
}

static int _stp_map_sort_first(MAP map, u32 n, int by, int dir)
{
	struct _stp_map_order order = { .kind = map->type >> 24, .by = by, .dir = dir };
	const char *wrong = _stp_map_order_wrong(order.kind, by);
	struct map_node *node;
	unsigned long flags;

	if (wrong) {
		pr_err("map %u is not sorted by %d: %s\n", map->number, by, wrong);
		return -EINVAL;
	}
	if (!_stp_lock(&map->lock, &flags))
		return -EBUSY;
	if (n)
		_stp_map_select(&map->shard.nodes, n, &order);
	else
		list_sort(&order, &map->shard.nodes, _stp_map_compare);
	list_for_each_entry(node, &map->shard.nodes, lnode)
		node->serial = atomic64_inc_return(&map->serial);
	_stp_unlock(&map->lock, flags);
	return 0;
}

/**
 * _stp_map_sort() - sort a map
 * @map: the map (MAP; of a PMAP, sort the snapshot); NULL does nothing
 * @by:  0 for the value (of a statistic the count), 1 or 2 for a key; or SORT_COUNT, SORT_SUM, SORT_MIN, SORT_MAX, SORT_AVG
 * @dir: below 0 for the greatest first, else the least first
 *
 * Strings are compared byte by byte. Of keys, integers come before strings.
 * Context: process.
 * Return: 0; -EINVAL if the map cannot be sorted so, which the kernel log then says; -EBUSY if this CPU is in a map already.
 */
static int _stp_map_sort(MAP map, int by, int dir)
{
	return map ? _stp_map_sort_first(map, 0, by, dir) : 0;
}
#define _stp_map_sort(map, by, dir) \
	((int)_Generic((map), PMAP: _stp_pmap_cannot_read, default: _stp_map_sort)(map, by, dir))

/**
 * _stp_map_sortn() - sort no more than the first few elements of a map
 * @map: the map; NULL does nothing
 * @n:   how many are wanted in order; 0 or less for all
 * @by:  as for _stp_map_sort()
 * @dir: likewise
 *
 * The other elements follow, in any order. For a few of many this is cheaper than _stp_map_sort().
 * Context: process.
 * Return: as _stp_map_sort().
 */
static int _stp_map_sortn(MAP map, int n, int by, int dir)
{
	/* Of many it takes as long as to sort all, or longer. */
	return map ? _stp_map_sort_first(map, n > 0 && n <= 32 ? n : 0, by, dir) : 0;
}
#define _stp_map_sortn(map, n, by, dir) \
	((int)_Generic((map), PMAP: _stp_pmap_cannot_read, default: _stp_map_sortn)(map, n, by, dir))
