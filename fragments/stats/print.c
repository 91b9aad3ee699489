// SPDX-License-Identifier: GPL-2.0
/*
 * stats: a statistic as text, one line of figures and a bar for each bucket from the first used to the last.
 *
 *     bash: count 3, sum 96, min 16, max 64, average 32
 *         16 |@@@@@@@@@@@@@@@@@@@@                    | 1
 *         32 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@| 2
 *          ~
 *         4K |@@@@@@@@@@@@@@@@@@@@                    | 1
 *
 * A bar stands at the least value of its bucket; `<1` (`<start`) and `>=...` are what is below and above all others.
 * More than STAT_EMPTY_BARS empty buckets in a row are one line with a tilde.
 */
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/string.h>

/* The longest bar that STAT_COLUMNS may allow for, and the longest label: "<-9223372036854775808". */
#define _STP_BAR 125
#define _STP_LABEL 24

/* How the bars of one statistic are laid out: columns of label and bar, and the count that fills a bar. */
struct _stp_bars {
	int first;
	int last;
	int label;
	int bar;
	int64_t most;
};

static int _stp_stat_label_linear(char label[_STP_LABEL], const struct _stp_scale *scale, int bucket)
{
	if (bucket == 0)
		return scnprintf(label, _STP_LABEL, "<%lld", scale->start);
	if (bucket == BUCKETS - 1)
		return scnprintf(label, _STP_LABEL, ">=%lld", scale->stop);
	return scnprintf(label, _STP_LABEL, "%lld", (int64_t)(scale->start + (bucket - 1) * scale->interval));
}

/* The least value of a bucket, of a logarithmic one as "512", "1K", "2K" ...; returns its length. */
static int _stp_stat_label(char label[_STP_LABEL], const stat *stats, int bucket)
{
	static const char units[] = " KMGTPE";
	int power = bucket - 1;

	if (STAT_LINEAR && stats->scale->interval)
		return _stp_stat_label_linear(label, stats->scale, bucket);
	if (bucket == 0)
		return scnprintf(label, _STP_LABEL, "<1");
	return scnprintf(label, _STP_LABEL, "%s%d%.*s", bucket == BUCKETS - 1 ? ">=" : "", 1 << power % 10,
			 power >= 10, &units[power / 10]);
}

/* The bucket after another; a linear histogram may need fewer than there are, and leaves those before the last unused. */
static int _stp_stat_bucket_after(const stat *stats, int bucket)
{
	const struct _stp_scale *scale = stats->scale;

	if (STAT_LINEAR && scale->interval && bucket < BUCKETS - 1 &&
	    bucket > ((u64)scale->stop - scale->start - 1) / scale->interval)
		return BUCKETS - 1;
	return bucket + 1;
}

/* Lays the bars out so that a line, "<module>: " included, is at most STAT_COLUMNS wide. */
static struct _stp_bars _stp_stat_layout(const stat *stats)
{
	struct _stp_bars bars = { .last = BUCKETS - 1, .label = 6, .most = 1 };
	char text[_STP_LABEL];
	int bucket;

	while (bars.last >= 0 && !stats->histogram[bars.last])
		bars.last--;
	while (bars.first < bars.last && !stats->histogram[bars.first])
		bars.first++;
	for (bucket = bars.first; bucket <= bars.last; bucket = _stp_stat_bucket_after(stats, bucket)) {
		bars.most = max(bars.most, stats->histogram[bucket]);
		bars.label = max(bars.label, _stp_stat_label(text, stats, bucket));
	}
	bars.bar = STAT_COLUMNS - (int)strlen(KBUILD_MODNAME ":  || ") - bars.label;
	bars.bar = clamp_t(int, bars.bar - snprintf(NULL, 0, "%lld", bars.most), 4, STAT_COLUMNS / 2);
	return bars;
}

static void _stp_stat_print_bar(const stat *stats, const struct _stp_bars *bars, int bucket)
{
	int64_t count = stats->histogram[bucket];
	/* In proportion to the greatest, but never nothing for something. */
	int length = count ? clamp_t(u64, div64_u64((u64)count * bars->bar, bars->most), 1, bars->bar) : 0;
	char label[_STP_LABEL], bar[_STP_BAR + 1] = "";

	_stp_stat_label(label, stats, bucket);
	memset(bar, '@', length);
	pr_info("%*s |%-*s| %lld\n", bars->label, label, bars->bar, bar, count);
}

/**
 * _stp_stat_print_bars() - log the histogram of a statistic alone
 * @stats: the statistic; no one changes it meanwhile; an empty one prints nothing
 *
 * Context: process.
 */
static void _stp_stat_print_bars(const stat *stats)
{
	struct _stp_bars bars = _stp_stat_layout(stats);
	int bucket, next, empty;

	for (bucket = bars.first; bucket <= bars.last; bucket = next) {
		empty = 0;
		for (next = bucket; !stats->histogram[next]; next = _stp_stat_bucket_after(stats, next))
			empty++;
		if (empty > STAT_EMPTY_BARS) {
			pr_info("%*s\n", bars.label, "~");
		} else {
			_stp_stat_print_bar(stats, &bars, bucket);
			next = _stp_stat_bucket_after(stats, bucket);
		}
	}
}

/**
 * _stp_stat_print() - log a statistic as figures and bars
 * @name:  what it is about, put in front of the figures
 * @stats: the statistic; no one changes it meanwhile
 *
 * With the macro STAT_VARIANCE the figures include variance and standard deviation, both rounded down.
 * Context: process.
 */
static void _stp_stat_print(const char *name, const stat *stats)
{
	char more[64] = "";

	if (STAT_VARIANCE) {
		u64 variance = _stp_stat_variance(stats);

		scnprintf(more, sizeof(more), ", variance %llu, deviation %u", variance, int_sqrt64(variance));
	}
	pr_info("%s: count %lld, sum %lld, min %lld, max %lld, average %lld%s\n", name, stats->count, stats->sum,
		stats->min, stats->max, _stp_stat_average(stats), more);
	_stp_stat_print_bars(stats);
}
