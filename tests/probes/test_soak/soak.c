// SPDX-License-Identifier: GPL-2.0
/*
 * soak THREADS CALLS KEYS [FILE]: each thread calls getppid() CALLS times, with 1 to KEYS as argument by turns. With FILE it
 * goes on in rounds of CALLS, with a pause after each, until FILE is there. Says what all threads have done.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long calls, keys, total, sum;
static const char *file;

static void *run(void *name)
{
	long mine = 0, given = 0, i;

	pthread_setname_np(pthread_self(), name);
	do {
		for (i = 0; i < calls; i++) {
			syscall(SYS_getppid, i % keys + 1);
			given += i % keys + 1;
		}
		mine += calls;
	} while (file && access(file, F_OK) && !usleep(5000));
	__atomic_add_fetch(&total, mine, __ATOMIC_RELAXED);
	__atomic_add_fetch(&sum, given, __ATOMIC_RELAXED);
	return NULL;
}

int main(int argc, char **argv)
{
	static char names[64][16];
	static pthread_t threads[64];
	int count = atoi(argv[1]), i;

	calls = atol(argv[2]);
	keys = atol(argv[3]);
	file = argc > 4 ? argv[4] : NULL;
	for (i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "soak%d", i);
		if (pthread_create(&threads[i], NULL, run, names[i]))
			return 1;
	}
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("called %ld times, sum %ld\n", total, sum);
	return 0;
}
