// SPDX-License-Identifier: GPL-2.0
/*
 * Two functions that each take longer than the other's pause, and a flag that says whether one of them runs.
 */
#include <linux/delay.h>

static bool begun, ended, runs;
static int calls[2], wrong;

static void one_at_a_time(int which)
{
	if (!begun || ended || runs)
		wrong++;
	runs = true;
	msleep(5);
	runs = false;
	calls[which]++;
}

static void first(void)
{
	one_at_a_time(0);
}

static void second(void)
{
	one_at_a_time(1);
}

static int probe_begin(void)
{
	CHECK(!_stp_every(1, first));
	CHECK(!_stp_every(0, second));
	msleep(50);
	CHECK(!calls[0] && !calls[1]);
	begun = true;
	return 0;
}

static void probe_end(void)
{
	ended = true;
	CHECK(!runs);
	msleep(50);
	CHECK(calls[0] > 2);
	CHECK(calls[1] > 2);
	CHECK(!wrong);
}
