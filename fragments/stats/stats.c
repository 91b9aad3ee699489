// SPDX-License-Identifier: GPL-2.0
/*
 * stats: count, sum, least, greatest and a logarithmic histogram of integers.
 *
 *   bucket          counts values v with
 *   0               v < 1
 *   i               2^(i-1) <= v < 2^i
 *   BUCKETS - 1     2^(BUCKETS-2) <= v
 *
 * These functions take no lock: a stat that handlers share stands in a map (map_stats), whose lock protects it.
 */
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/types.h>

/**
 * struct stat - statistics of integers; all zero is empty
 * @count:     how many
 * @sum:       their sum; it wraps around
 * @min:       the least; 0 if there are none
 * @max:       the greatest; 0 if there are none
 * @histogram: how many fell into each bucket
 */
typedef struct {
	int64_t count;
	int64_t sum;
	int64_t min;
	int64_t max;
	int64_t histogram[BUCKETS];
} stat;

static __always_inline int _stp_stat_bucket(int64_t val)
{
	return val < 1 ? 0 : min_t(int, fls64(val), BUCKETS - 1);
}

/**
 * _stp_stat_add() - take one more value into a statistic
 * @stats: the statistic
 * @val:   the value
 *
 * Context: any; the caller sees to it that nobody else uses @stats.
 */
static void _stp_stat_add(stat *stats, int64_t val)
{
	if (!stats->count || val < stats->min)
		stats->min = val;
	if (!stats->count || val > stats->max)
		stats->max = val;
	stats->count++;
	stats->sum = (u64)stats->sum + val;
	stats->histogram[_stp_stat_bucket(val)]++;
}

/**
 * _stp_stat_average() - average, rounded towards zero
 * @stats: the statistic
 *
 * Context: any.
 * Return: the average; 0 if there are no values. It is wrong where the sum has wrapped around.
 */
static int64_t _stp_stat_average(const stat *stats)
{
	return stats->count ? div64_s64(stats->sum, stats->count) : 0;
}
