// SPDX-License-Identifier: GPL-2.0
/* Calls getppid 1000 times, sched_yield 300 times, and 7 times what there is not: number 1000. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	int i;

	for (i = 0; i < 1000; i++)
		syscall(SYS_getppid);
	for (i = 0; i < 300; i++)
		syscall(SYS_sched_yield);
	for (i = 0; i < 7; i++)
		syscall(1000);
	return 0;
}
