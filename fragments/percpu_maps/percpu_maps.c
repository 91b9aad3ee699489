// SPDX-License-Identifier: GPL-2.0
/*
 * percpu_maps: maps that are counted in on each CPU apart, and merged when they are read.
 *
 * A PMAP does what needs no other CPU: adding, to integers and to statistics. max_entries is the bound on each CPU. What is
 * set, deleted by a key or read in a handler has no meaning for a part of the whole, and is refused by the compiler.
 *
 * An update has its CPU's shard to itself since interrupts are off for its few instructions. There is no lock and no mark, hence a
 * handler in an NMI that came while another handler ran on this CPU cannot tell whether that one is in an update: its
 * operation is skipped, and counted. (One that interrupted anything else counts as usual.) Process code marks itself
 * by being on level 1 for the update.
 */
#include <linux/cpu.h>
#include <linux/list_sort.h>
#include <linux/smp.h>

struct pmap_root {
	struct map_root map;
};

/* This CPU's shard, its cursor, and the state to go back to. */
struct _stp_pmap_hold {
	struct _stp_shard *shard;
	struct _stp_map_cursor *cursor;
	unsigned long flags;
	int level;
};

/* Has this CPU's shard alone, whatever the context; false in an NMI that interrupted a handler: the refusal is counted. */
static bool _stp_pmap_hold(PMAP map, struct _stp_pmap_hold *hold)
{
	int level = _stp_level_now();

	if (level > 1 && in_nmi()) {
		atomic_long_inc(&map->map.lock.refused);
		return false;
	}
	raw_local_irq_save(hold->flags);
	hold->level = level;
	hold->shard = &_stp_map_cell(&map->map, _stp_here)->shard;
	hold->cursor = _stp_map_here(&map->map);
	if (!level)
		raw_cpu_inc(_stp_level);
	barrier();
	return true;
}

static void _stp_pmap_release(const struct _stp_pmap_hold *hold)
{
	barrier();
	if (!hold->level)
		raw_cpu_dec(_stp_level);
	raw_local_irq_restore(hold->flags);
}
