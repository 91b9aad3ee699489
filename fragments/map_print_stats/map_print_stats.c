// SPDX-License-Identifier: GPL-2.0
/*
 * map_print_stats: %V and %H in the formats of map_print, the variance and the histogram of a map's statistics.
 */
/* Not inlined: where the compiler knows whom map_print calls, it would, and keep this copy that nobody calls. */
static noinline void _stp_map_print_stat(const void *stats, char letter)
{
	if (letter == 'H')
		_stp_stat_print_bars(stats);
	else
		_stp_print_buf("%llu", STAT_VARIANCE ? _stp_stat_variance(stats) : 0);
}

#undef _STP_MAP_STAT_PRINTER
#define _STP_MAP_STAT_PRINTER _stp_map_print_stat
