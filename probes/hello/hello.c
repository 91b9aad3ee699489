// SPDX-License-Identifier: GPL-2.0
/*
 * hello: a probe that probes nothing. It says how long it was loaded:
 *
 *     hello: begun
 *     hello: ended after 3 seconds
 */
#include <linux/ktime.h>

static ktime_t begun;

static int probe_begin(void)
{
	begun = ktime_get();
	dlog("begun");
	return 0;
}

static void probe_end(void)
{
	dlog("ended after %lld seconds", ktime_to_ms(ktime_sub(ktime_get(), begun)) / MSEC_PER_SEC);
}
