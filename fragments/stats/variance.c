// SPDX-License-Identifier: GPL-2.0
/*
 * stats: the variance of n values, (n * (sum of squares) - sum^2) / n^2, without rounding before the end.
 *
 * The numerator is below 2^252 whatever 2^63 values of 64 bits are; it is held in 4 words, lowest first. Dividing it
 * twice by n, rounding down each time, gives the same as dividing once by n^2.
 */
#define _STP_WIDE 4

u64 _stp_no_variance(void) __compiletime_error("variance: set STAT_VARIANCE to true in config of probe.yaml");

/* Adds @from, a number of @words words, times @by to @to, where there is room for the sum: @room words. */
static void _stp_wide_mul_add(u64 *to, int room, const u64 *from, int words, u64 by)
{
	int i;

	for (i = 0; i < words; i++) {
		unsigned __int128 product = (unsigned __int128)from[i] * by;
		u64 pair[2] = { product, product >> 64 };

		_stp_wide_add(to + i, room - i, pair, 2);
	}
}

/* Long division, bit by bit: the kernel has none for numbers this wide. The rest is dropped. */
static void _stp_wide_div(u64 number[_STP_WIDE], u64 by)
{
	u64 rest = 0;
	int bit;

	for (bit = _STP_WIDE * 64 - 1; bit >= 0; bit--) {
		u64 *word = &number[bit / 64], mask = 1ull << bit % 64;
		bool wide = rest >> 63;

		rest = rest << 1 | !!(*word & mask);
		*word &= ~mask;
		if (wide || rest >= by) {
			rest -= by;
			*word |= mask;
		}
	}
}

/**
 * _stp_stat_variance() - variance of all values (not of a sample), rounded down
 * @stats: the statistic
 *
 * It needs the macro STAT_VARIANCE. It is exact for all values, also where the sum has wrapped around.
 * Context: any.
 * Return: the variance; 0 if there are no values, U64_MAX for that and everything greater.
 */
static u64 _stp_stat_variance(const stat *stats)
{
	u64 number[_STP_WIDE] = {}, square[_STP_WIDE] = {};
	u64 sum[2] = { stats->sum, STAT_VARIANCE ? stats->moments->sum_high : _stp_no_variance() };
	unsigned __int128 size = (unsigned __int128)sum[1] << 64 | sum[0];
	int i;

	if (!stats->count)
		return 0;
	if (sum[1] >> 63)
		size = -size;
	sum[0] = size;
	sum[1] = size >> 64;
	for (i = 0; i < 2; i++)
		_stp_wide_mul_add(square + i, _STP_WIDE - i, sum, 2, sum[i]);
	_stp_wide_mul_add(number, _STP_WIDE, stats->moments->squares, 3, stats->count);
	/* Minus the square: plus its complement and 1. */
	for (i = 0; i < _STP_WIDE; i++)
		square[i] = ~square[i];
	_stp_wide_add(number, _STP_WIDE, square, _STP_WIDE);
	_stp_wide_add(number, _STP_WIDE, (u64[]){ 1 }, 1);
	_stp_wide_div(number, stats->count);
	_stp_wide_div(number, stats->count);
	return number[1] | number[2] | number[3] ? U64_MAX : number[0];
}
