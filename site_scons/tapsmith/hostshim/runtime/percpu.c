// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU memory: an arena for each CPU, all laid out alike, one behind the other. First come the variables declared
 * with DEFINE_PER_CPU, then what is allocated. Under AddressSanitizer all that is not allocated is poisoned.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime.h"

#define ARENA (16ul << 20)
#define GAP 32
#define MAX_BLOCK (32ul << 10) /* as the kernel: no more for one CPU at once */

extern char __start_host_variables[] __attribute__((weak)), __stop_host_variables[] __attribute__((weak));
void __asan_poison_memory_region(const volatile void *memory, size_t size) __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *memory, size_t size) __attribute__((weak));

static struct block {
	struct block *next; /* in the order of addresses */
	char *begin, *end;
} *blocks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *arenas;
static char *variables; /* where those of CPU 0 lie */

static void mark(char *begin, char *end, int usable)
{
	void (*function)(const volatile void *, size_t) =
		usable ? __asan_unpoison_memory_region : __asan_poison_memory_region;
	int cpu;

	for (cpu = 0; function && cpu < HOST_CPUS; cpu++)
		function(begin + cpu * ARENA, end - begin);
}

void percpu_begin(void)
{
	size_t size = __stop_host_variables - __start_host_variables;
	int cpu;

	arenas = mmap(NULL, HOST_CPUS * ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arenas == MAP_FAILED)
		abort();
	variables = arenas + ((unsigned long)__start_host_variables & 63); /* aligned as there */
	for (cpu = 0; cpu < HOST_CPUS && size; cpu++)
		memcpy(variables + cpu * ARENA, __start_host_variables, size);
	mark(variables + size, arenas + ARENA, 0);
}

static char *align_up(char *address, unsigned long align)
{
	return (char *)(((unsigned long)address + align - 1) & -align);
}

/* Takes the first gap that is wide enough. */
void *host_percpu_alloc(unsigned long size, unsigned long align)
{
	char *begin = variables + (__stop_host_variables - __start_host_variables) + GAP;
	struct block *new = memory_denied() ? NULL : malloc(sizeof(*new)), **at;
	int cpu;

	begin = align_up(begin, align);
	pthread_mutex_lock(&lock);
	for (at = &blocks; *at && (*at)->begin < begin + size + GAP; at = &(*at)->next)
		begin = align_up((*at)->end + GAP, align);
	if (!new || !size || size > MAX_BLOCK || begin + size > arenas + ARENA) {
		pthread_mutex_unlock(&lock);
		free(new);
		return NULL;
	}
	*new = (struct block){ *at, begin, begin + size };
	*at = new;
	mark(begin, begin + size, 1);
	for (cpu = 0; cpu < HOST_CPUS; cpu++)
		memset(begin + cpu * ARENA, 0, size);
	pthread_mutex_unlock(&lock);
	return begin;
}

void host_percpu_free(void *memory)
{
	struct block **at, *found;

	if (!memory)
		return;
	pthread_mutex_lock(&lock);
	for (at = &blocks; *at && (*at)->begin != memory; at = &(*at)->next)
		;
	found = *at;
	if (!found)
		host_bug("free_percpu() of what is not per-CPU memory", "host", 0);
	*at = found->next;
	mark(found->begin, found->end, 0);
	pthread_mutex_unlock(&lock);
	free(found);
}

/* The copy of @cpu; @memory may point into a block or a variable. */
void *host_percpu(const volatile void *memory, int cpu)
{
	char *at = (char *)memory;

	if (at >= __start_host_variables && at < __stop_host_variables)
		at = variables + (at - __start_host_variables);
	return at + cpu * ARENA;
}

/* Tells of blocks that were not freed; returns how many. */
int percpu_left(void)
{
	struct block *block;
	int count = 0;

	for (block = blocks; block; block = block->next) {
		fprintf(stderr, "host: %zu bytes of per-CPU memory were not freed\n", (size_t)(block->end - block->begin));
		count++;
	}
	return count;
}
