// SPDX-License-Identifier: GPL-2.0
/* Memory, with the limits of a kernel: what it would refuse is refused. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime.h"

#define KMALLOC_MAX (4ul << 20)
#define VMALLOC_MAX (1ul << 30)
#define PAGE 4096ul

/* What is not asked to be cleared holds this, so that nothing works by chance. */
#define GARBAGE 0xa5

/* Whether this allocation is the one that is to fail: the environment says which, counted from 1. */
int memory_denied(void)
{
	static unsigned long count;
	const char *which = getenv("TAPSMITH_FAIL_ALLOCATION");

	return which && __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) == strtoul(which, NULL, 10);
}

void *host_kmalloc(unsigned long size, int zero)
{
	void *memory = size <= KMALLOC_MAX && !memory_denied() ? malloc(size ? size : 1) : NULL;

	return memory ? memset(memory, zero ? 0 : GARBAGE, size) : NULL;
}

void host_kfree(const void *memory)
{
	if (memory && host_is_vmalloc(memory))
		host_bug("kfree() of what vmalloc() gave", "host", 0);
	free((void *)memory);
}

/* The regions of vmalloc(); their addresses are kept as complements, so that LeakSanitizer does not follow them. */
static struct region {
	uintptr_t hidden;
	unsigned long size;
} *regions;
static size_t region_count;
static pthread_mutex_t region_lock = PTHREAD_MUTEX_INITIALIZER;

/* The region around an address, under the lock; NULL if there is none. */
static struct region *find_region(const void *memory)
{
	size_t i;

	for (i = 0; i < region_count; i++)
		if ((uintptr_t)memory - ~regions[i].hidden < regions[i].size)
			return &regions[i];
	return NULL;
}

void *host_vmalloc(unsigned long size, int zero)
{
	struct region *more;
	void *memory;

	if (!size || size > VMALLOC_MAX || memory_denied())
		return NULL;
	memory = aligned_alloc(PAGE, (size + PAGE - 1) & ~(PAGE - 1));
	if (!memory)
		return NULL;
	memset(memory, zero ? 0 : GARBAGE, size);
	pthread_mutex_lock(&region_lock);
	more = realloc(regions, (region_count + 1) * sizeof(*regions));
	if (!more)
		abort();
	regions = more;
	regions[region_count++] = (struct region){ ~(uintptr_t)memory, size };
	pthread_mutex_unlock(&region_lock);
	return memory;
}

void host_vfree(const void *memory)
{
	struct region *region;

	if (!memory)
		return;
	pthread_mutex_lock(&region_lock);
	region = find_region(memory);
	if (!region || ~region->hidden != (uintptr_t)memory)
		host_bug("vfree() of what vmalloc() did not give", "host", 0);
	*region = regions[--region_count];
	pthread_mutex_unlock(&region_lock);
	free((void *)memory);
}

int host_is_vmalloc(const void *memory)
{
	int found;

	pthread_mutex_lock(&region_lock);
	found = find_region(memory) != NULL;
	pthread_mutex_unlock(&region_lock);
	return found;
}

int host_copy_nofault(void *to, const void *from, unsigned long size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };
	ssize_t copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

	if (copied < 0 && (errno == ENOSYS || errno == EPERM)) {
		memcpy(to, from, size); /* not allowed here: then it may fault */
		return 0;
	}
	return copied == (ssize_t)size ? 0 : -EFAULT;
}

/* Reads behind the object by intention, so no sanitizer looks; but never behind the page, which may be the last. */
__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) unsigned long host_load(const void *address)
{
	const struct {
		unsigned long word;
	} __attribute__((packed)) *at = address;
	unsigned long word = 0;

	if (((uintptr_t)address & (PAGE - 1)) <= PAGE - sizeof(word))
		return at->word;
	if (host_copy_nofault(&word, address, sizeof(word)))
		host_copy_nofault(&word, address, PAGE - ((uintptr_t)address & (PAGE - 1)));
	return word;
}
