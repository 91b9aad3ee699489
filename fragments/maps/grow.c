// SPDX-License-Identifier: GPL-2.0
/*
 * maps: maps without a bound.
 *
 * A handler takes elements from a pool of MAP_POOL. When it is half empty, creating an element raises an irq_work
 * (which any context may do, an NMI, too), that queues a work item, and this allocates MAP_POOL more. A burst
 * that is faster finds the pool empty: the new elements are refused, and counted.
 */
static void _stp_map_grow(struct work_struct *work)
{
	MAP map = container_of(work, struct _stp_map_growth, work)->map;

	_stp_map_add_chunk(map, MAP_POOL);
}

static void _stp_map_ask_to_grow(struct irq_work *irq)
{
	schedule_work(&container_of(irq, struct _stp_map_growth, irq)->work);
}

static MAP _stp_map_new_growing(u32 type, u32 key_words)
{
	struct _stp_map_growth *growth = _stp_calloc(sizeof(*growth));
	MAP map = growth ? _stp_map_make(0, MAP_POOL, type, key_words) : NULL;

	if (!map) {
		_stp_free(growth);
		return NULL;
	}
	growth->map = map;
	init_irq_work(&growth->irq, _stp_map_ask_to_grow);
	INIT_WORK(&growth->work, _stp_map_grow);
	map->growth = growth;
	return map;
}
