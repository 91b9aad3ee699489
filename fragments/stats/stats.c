// SPDX-License-Identifier: GPL-2.0
/*
 * stats: count, sum, least, greatest and a histogram of integers.
 *
 *   bucket          counts values v with, logarithmic      linear, where the stat has a scale
 *   0               v < 1                                   v < start
 *   i               2^(i-1) <= v < 2^i                      start + (i-1) * interval <= v < start + i * interval
 *   BUCKETS - 1     2^(BUCKETS-2) <= v                      stop <= v
 *
 * These functions take no lock: a stat that handlers share stands in a map (map_stats), whose lock protects it.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

/* A linear scale. An interval of 0 is none: the buckets are then powers of two. */
struct _stp_scale {
	int64_t start;
	int64_t stop;
	u64 interval;
};

/* What the variance needs beside the count: the sum's upper half, and the sum of squares, lowest word first. */
struct _stp_moments {
	u64 sum_high;
	u64 squares[3];
};

/**
 * stat - statistics of integers; all zero is empty
 * @count:     how many
 * @sum:       their sum; it wraps around
 * @min:       the least; 0 if there are none
 * @max:       the greatest; 0 if there are none
 * @scale:     of the histogram, there where the macro STAT_LINEAR is true
 * @moments:   there where the macro STAT_VARIANCE is true
 * @histogram: how many fell into each bucket
 */
typedef struct {
	int64_t count;
	int64_t sum;
	int64_t min;
	int64_t max;
	struct _stp_scale scale[STAT_LINEAR];
	struct _stp_moments moments[STAT_VARIANCE];
	int64_t histogram[BUCKETS];
} stat;

static __always_inline unsigned long _stp_stat_bucket_linear(const struct _stp_scale *scale, int64_t val)
{
	if (val < scale->start)
		return 0;
	return val < scale->stop ? ((u64)val - scale->start) / scale->interval + 1 : BUCKETS - 1;
}

/* Least value of a logarithmic histogram's overflow bucket; with so many buckets that none would overflow, a value above all. */
#define _STP_STAT_OVER (1ull << (BUCKETS < 65 ? BUCKETS - 2 : 63))

static __always_inline unsigned long _stp_stat_bucket(const stat *stats, int64_t val)
{
	if (STAT_LINEAR && stats->scale->interval)
		return _stp_stat_bucket_linear(stats->scale, val);
	/* One comparison for both ends. */
	if (unlikely((u64)val - 1 >= _STP_STAT_OVER - 1))
		return val < 1 ? 0 : BUCKETS - 1;
	return __fls(val) + 1;
}

/* Adds a number of @words words to a longer one of @room words, lowest word first. */
static __always_inline void _stp_wide_add(u64 *to, int room, const u64 *from, int words)
{
	u64 carry = 0;
	int i;

	for (i = 0; i < room; i++) {
		u64 addend = i < words ? from[i] : 0;

		/* At most one of the two wraps around. */
		carry = __builtin_add_overflow(addend, carry, &addend);
		carry += __builtin_add_overflow(to[i], addend, &to[i]);
	}
}

static __always_inline void _stp_stat_add_moments(stat *stats, int64_t val)
{
	unsigned __int128 square = (__int128)val * val;
	u64 words[2] = { square, square >> 64 };

	stats->moments->sum_high += (val < 0 ? -1 : 0) + ((u64)stats->sum + val < (u64)val);
	_stp_wide_add(stats->moments->squares, 3, words, 2);
}

/* A value outside of what was seen before; in an empty stat any but 0, whose least and greatest are 0 already. */
static __always_inline void _stp_stat_widen(stat *stats, int64_t val)
{
	if (!READ_ONCE(stats->count)) /* else the compiler would load it for all */
		stats->min = stats->max = val;
	else if (val < stats->min)
		stats->min = val;
	else
		stats->max = val;
}

/**
 * _stp_stat_add() - take one more value into a statistic
 * @stats: the statistic
 * @val:   the value
 *
 * Context: any; the caller sees to it that nobody else uses @stats.
 */
static __always_inline void _stp_stat_add(stat *stats, int64_t val)
{
	if (unlikely(val < stats->min || val > stats->max))
		_stp_stat_widen(stats, val);
	if (STAT_VARIANCE)
		_stp_stat_add_moments(stats, val);
	stats->count++;
	stats->sum = (u64)stats->sum + val;
	stats->histogram[_stp_stat_bucket(stats, val)]++;
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
