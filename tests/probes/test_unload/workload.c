// SPDX-License-Identifier: GPL-2.0
/* Calls getppid() until the module is gone, at most about a minute; then says so, and ends with 0. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	const time_t end = time(NULL) + 60;
	long calls;

	for (calls = 0; access("/sys/module/test_unload", F_OK) == 0; calls++) {
		if (time(NULL) >= end)
			return 1;
		syscall(SYS_getppid);
		if (calls % 64 == 0)
			usleep(1000); /* lets the watcher run */
	}
	printf("gone after %ld calls\n", calls);
	return 0;
}
