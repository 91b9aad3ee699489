// SPDX-License-Identifier: GPL-2.0
/*
 * alloc: memory for process code, accounted for.
 *
 * Handlers never allocate: what they need is taken from pools filled before. Each block carries its size in front,
 * so that what was not freed at unload can be told in bytes. A failed allocation says how many bytes were missing.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

struct _stp_block {
	size_t size;
} __aligned(16);

static atomic_long_t _stp_bytes = ATOMIC_LONG_INIT(0);
static atomic_long_t _stp_blocks = ATOMIC_LONG_INIT(0);

/* Failing is the probe's to bear: it must neither start the OOM killer nor fill the log with traces. */
#define _STP_GFP (GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* Takes a new block with room for @size bytes into the account; @block may be NULL. */
static void *_stp_block_open(struct _stp_block *block, size_t size)
{
	if (!block) {
		pr_err("no memory for %zu bytes\n", size);
		return NULL;
	}
	block->size = size;
	atomic_long_add(size, &_stp_bytes);
	atomic_long_inc(&_stp_blocks);
	return block + 1;
}

static struct _stp_block *_stp_block_close(void *ptr)
{
	struct _stp_block *block = (struct _stp_block *)ptr - 1;

	atomic_long_sub(block->size, &_stp_bytes);
	atomic_long_dec(&_stp_blocks);
	return block;
}

/**
 * _stp_alloc() - allocate contiguous memory
 * @size: bytes
 *
 * Context: process.
 * Return: the memory, not cleared, for _stp_free(); NULL if there is none, which the kernel log then says.
 */
static void *_stp_alloc(size_t size)
{
	return _stp_block_open(kmalloc(size_add(size, sizeof(struct _stp_block)), _STP_GFP), size);
}

/**
 * _stp_calloc() - as _stp_alloc(), but cleared
 * @size: bytes
 *
 * Context: process.
 * Return: as _stp_alloc().
 */
static void *_stp_calloc(size_t size)
{
	return _stp_block_open(kzalloc(size_add(size, sizeof(struct _stp_block)), _STP_GFP), size);
}

/**
 * _stp_free() - free what _stp_alloc() or _stp_calloc() gave
 * @ptr: the memory, or NULL
 *
 * Context: process.
 */
static void _stp_free(void *ptr)
{
	if (ptr)
		kfree(_stp_block_close(ptr));
}

/**
 * _stp_valloc() - allocate cleared memory, of any size, not contiguous in physical memory
 * @size: bytes
 *
 * Context: process.
 * Return: the memory, for _stp_vfree(); NULL if there is none, which the kernel log then says.
 */
static void *_stp_valloc(size_t size)
{
	return _stp_block_open(__vmalloc(size_add(size, sizeof(struct _stp_block)), _STP_GFP | __GFP_ZERO), size);
}

/**
 * _stp_vfree() - free what _stp_valloc() gave
 * @ptr: the memory, or NULL
 *
 * Context: process.
 */
static void _stp_vfree(void *ptr)
{
	if (ptr)
		vfree(_stp_block_close(ptr));
}

/**
 * _stp_alloc_percpu() - allocate cleared memory for each possible CPU; not in the account of bytes
 * @size: bytes for one CPU, at most 32 KiB
 *
 * Context: process.
 * Return: the memory, aligned to 8, for free_percpu(); NULL if there is none, which the kernel log then says.
 */
static void __percpu *_stp_alloc_percpu(size_t size)
{
	void __percpu *ptr = __alloc_percpu_gfp(size, 8, _STP_GFP);

	if (!ptr)
		pr_err("no memory for %zu bytes on each CPU\n", size);
	return ptr;
}

static void _stp_alloc_exit(void)
{
	long bytes = atomic_long_read(&_stp_bytes);

	if (bytes)
		pr_warn("lost %ld bytes of memory, %ld blocks were not freed\n", bytes,
			atomic_long_read(&_stp_blocks));
}
