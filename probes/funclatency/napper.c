// SPDX-License-Identifier: GPL-2.0
/* Sleeps 30 times, 2 ms each: a sleep is never shorter. */
#include <time.h>

int main(void)
{
	struct timespec nap = { .tv_nsec = 2000000 };
	int i;

	for (i = 0; i < 30; i++)
		nanosleep(&nap, NULL);
	return 0;
}
