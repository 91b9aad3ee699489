// SPDX-License-Identifier: GPL-2.0
/*
 * stats: linear scales.
 */
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/string.h>

/* What is called where the macro does not allow for what the probe asks for. */
int _stp_no_linear(void) __compiletime_error("linear histograms: set STAT_LINEAR to true in config of probe.yaml");

/* Fills @scale; or says what is wrong with it, returns -EINVAL and leaves it alone. */
static int _stp_scale_set(struct _stp_scale *scale, int64_t start, int64_t stop, int64_t interval)
{
	const char *wrong = interval <= 0 ? "its interval is not above 0" : "its stop is not above its start";
	u64 steps;

	if (interval <= 0 || stop <= start) {
		pr_err("no histogram from %lld to %lld by %lld: %s\n", start, stop, interval, wrong);
		return -EINVAL;
	}
	steps = ((u64)stop - start - 1) / interval + 1;
	if (steps > BUCKETS - 2) {
		pr_err("no histogram from %lld to %lld by %lld: it needs %llu buckets; raise BUCKETS in probe.yaml (now %d)\n",
		       start, stop, interval, min(steps, U64_MAX - 2) + 2, BUCKETS);
		return -EINVAL;
	}
	*scale = (struct _stp_scale){ .start = start, .stop = stop, .interval = interval };
	return 0;
}

/**
 * _stp_stat_init_linear() - make a statistic empty, with a linear histogram
 * @stats:    the statistic
 * @start:    least value of the first bucket; lesser ones are counted together in the underflow bucket
 * @stop:     least value that is counted in the overflow bucket
 * @interval: width of a bucket; the last ends at @stop
 *
 * It needs the macro STAT_LINEAR.
 * Context: process.
 * Return: 0; -EINVAL if there is no such histogram, or BUCKETS is too small for it, which the kernel log then says.
 */
static int _stp_stat_init_linear(stat *stats, int64_t start, int64_t stop, int64_t interval)
{
	struct _stp_scale scale;
	int error = STAT_LINEAR ? _stp_scale_set(&scale, start, stop, interval) : _stp_no_linear();

	if (!error) {
		memset(stats, 0, sizeof(*stats));
		*stats->scale = scale;
	}
	return error;
}
