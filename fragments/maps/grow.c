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
	struct _stp_shard *shard = &map->shard;
	struct _stp_map_chunk *chunk;
	unsigned long flags;
	LIST_HEAD(nodes);

	chunk = _stp_map_new_chunk(map, MAP_POOL, &nodes);
	if (!chunk)
		return;
	if (!_stp_lock(&map->lock, &flags)) {
		_stp_vfree(chunk);
		return;
	}
	chunk->next = shard->chunks;
	shard->chunks = chunk;
	list_splice_tail(&nodes, &shard->free);
	shard->free_count += MAP_POOL;
	_stp_unlock(&map->lock, flags);
}

static void _stp_map_ask_to_grow(struct irq_work *irq)
{
	schedule_work(&container_of(irq, struct _stp_map_growth, irq)->work);
}

/* Of map->refill: under the lock, before an element is taken. */
static void _stp_map_refill(MAP map)
{
	if (map->shard.free_count < MAP_POOL / 2)
		irq_work_queue(&map->growth->irq);
}

/* Of map->destroy. */
static void _stp_map_end_growth(MAP map)
{
	irq_work_sync(&map->growth->irq);
	cancel_work_sync(&map->growth->work);
	_stp_free(map->growth);
}

/* Lets a map grow that has no bound. */
static bool _stp_map_new_growth(MAP map)
{
	struct _stp_map_growth *growth = _stp_calloc(sizeof(*growth));

	if (!growth)
		return false;
	growth->map = map;
	init_irq_work(&growth->irq, _stp_map_ask_to_grow);
	INIT_WORK(&growth->work, _stp_map_grow);
	map->growth = growth;
	map->refill = _stp_map_refill;
	map->destroy = _stp_map_end_growth;
	return true;
}
