// SPDX-License-Identifier: GPL-2.0
/*
 * stats: a statistic as text, one line of figures and a bar for each bucket from the first used to the last.
 *
 *     bash: count 3, sum 96, min 16, max 64, average 32
 *         16 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@| 1
 *         32 |                                        | 0
 *
 * A bar stands at the least value of its bucket; `<1` and `>=...` are the first and the last.
 */
#include <linux/minmax.h>
#include <linux/printk.h>

/* Columns of a bar, so that "<module>: ", the label of 6, and a count of 11 digits fit into 80. */
#define _STP_BAR_WANTED (80 - (int)(sizeof(KBUILD_MODNAME ": ") - 1) - 6 - 2 - 2 - 11)
#define _STP_BAR (_STP_BAR_WANTED < 8 ? 8 : _STP_BAR_WANTED > 40 ? 40 : _STP_BAR_WANTED)

/* "512", "1K", "2K" ... for the least value of a bucket. */
static void _stp_stat_label(char label[8], int bucket)
{
	static const char units[] = " KMGTPE";
	int power = bucket - 1;

	if (bucket == 0)
		snprintf(label, 8, "<1");
	else
		snprintf(label, 8, "%s%d%.*s", bucket == BUCKETS - 1 ? ">=" : "", 1 << power % 10,
			 power >= 10, &units[power / 10]);
}

static void _stp_stat_print_bar(const stat *stats, int bucket, int64_t most)
{
	static const char bar[] = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
	int64_t count = stats->histogram[bucket];
	/* In proportion to the greatest, but never nothing for something. */
	int length = count ? max_t(int, 1, div64_u64((u64)count * _STP_BAR, most)) : 0;
	char label[8];

	_stp_stat_label(label, bucket);
	pr_info("%6s |%-*.*s| %lld\n", label, _STP_BAR, length, bar, count);
}

/**
 * _stp_stat_print() - log a statistic as figures and bars
 * @name:  what it is about, put in front of the figures
 * @stats: the statistic; no one changes it meanwhile
 *
 * Lines are at most 80 columns wide where the module's name has up to 49 letters and @name is short.
 * Context: process.
 */
static void _stp_stat_print(const char *name, const stat *stats)
{
	int first = 0, last = BUCKETS - 1, bucket;
	int64_t most = 1;

	pr_info("%s: count %lld, sum %lld, min %lld, max %lld, average %lld\n", name, stats->count, stats->sum,
		stats->min, stats->max, _stp_stat_average(stats));
	while (last >= 0 && !stats->histogram[last])
		last--;
	while (first < last && !stats->histogram[first])
		first++;
	for (bucket = first; bucket <= last; bucket++)
		most = max(most, stats->histogram[bucket]);
	for (bucket = first; bucket <= last; bucket++)
		_stp_stat_print_bar(stats, bucket, most);
}
