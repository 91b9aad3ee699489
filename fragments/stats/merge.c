// SPDX-License-Identifier: GPL-2.0
/*
 * stats: two statistics made one, as those that each CPU keeps for itself.
 */

static void _stp_stat_merge_moments(stat *into, const stat *from)
{
	u64 sum[2] = { into->sum, into->moments->sum_high };
	u64 more[2] = { from->sum, from->moments->sum_high };

	_stp_wide_add(sum, 2, more, 2);
	into->moments->sum_high = sum[1];
	_stp_wide_add(into->moments->squares, 3, from->moments->squares, 3);
}

/* Sees to it that both have one scale: an empty one takes the other's. */
static bool _stp_stat_agree(stat *into, const stat *from)
{
	const struct _stp_scale *a = into->scale, *b = from->scale;

	if (a->start == b->start && a->stop == b->stop && a->interval == b->interval)
		return true;
	if (into->count)
		return false;
	*into->scale = *b;
	return true;
}

/**
 * _stp_stat_merge() - take all values of another statistic into one
 * @into: the statistic that grows
 * @from: the other one
 *
 * It is then just what it were, had all values been added to it alone.
 * Context: any; the caller sees to it that nobody else changes them.
 * Return: 0; -EINVAL if none is empty and their scales differ, then @into is as it was.
 */
static int _stp_stat_merge(stat *into, const stat *from)
{
	int bucket;

	if (!from->count)
		return 0;
	if (STAT_LINEAR && !_stp_stat_agree(into, from))
		return -EINVAL;
	into->min = into->count ? min(into->min, from->min) : from->min;
	into->max = into->count ? max(into->max, from->max) : from->max;
	if (STAT_VARIANCE)
		_stp_stat_merge_moments(into, from);
	into->count += from->count;
	into->sum = (u64)into->sum + from->sum;
	for (bucket = 0; bucket < BUCKETS; bucket++)
		into->histogram[bucket] += from->histogram[bucket];
	return 0;
}
