// SPDX-License-Identifier: GPL-2.0
/*
 * map_stats: linear histograms in maps.
 */

/* A map of STAT, or a copy of it, whose elements have linear histograms has their scale as its extra. */
static int _stp_map_set_scale(MAP map, int64_t start, int64_t stop, int64_t interval)
{
	struct _stp_scale scale, *kept;

	if (!map)
		return -EINVAL;
	if (map->type != STAT) {
		atomic_long_inc(&map->mistaken);
		return -EINVAL;
	}
	if (_stp_scale_set(&scale, start, stop, interval))
		return -EINVAL;
	kept = map->extra ?: _stp_alloc(sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	*kept = scale;
	map->extra = kept;
	return 0;
}

/**
 * _stp_map_linear() - give a map's statistics linear histograms
 * @map:      a map of STAT (MAP or PMAP) without elements; NULL is refused
 * @start:    least value of the first bucket, see _stp_stat_init_linear()
 * @stop:     least value that is counted in the overflow bucket
 * @interval: width of a bucket
 *
 * It is for the elements that _stp_map_stat_add() makes afterwards; one that is set is as it is set. It needs the macro
 * STAT_LINEAR.
 * Context: process.
 * Return: 0; -EINVAL if there is no such histogram, or BUCKETS is too small for it, or -ENOMEM, which the kernel log
 * then says; -EINVAL also for a map of another type, which the log says at unload.
 */
static int _stp_map_linear(MAP map, int64_t start, int64_t stop, int64_t interval)
{
	return STAT_LINEAR ? _stp_map_set_scale(map, start, stop, interval) : _stp_no_linear();
}
#define _stp_map_linear(map, start, stop, interval) _stp_map_linear(_STP_KEYED(map), start, stop, interval)
