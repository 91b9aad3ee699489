// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_SLAB_H
#define LINUX_SLAB_H

#include <host.h>
#include <linux/gfp.h>
#include <linux/overflow.h>

#define kmalloc(size, gfp) host_kmalloc(size, (gfp) & __GFP_ZERO)
#define kzalloc(size, gfp) host_kmalloc(size, 1)
#define kmalloc_array(count, size, gfp) kmalloc(size_mul(count, size), gfp)
#define kcalloc(count, size, gfp) kzalloc(size_mul(count, size), gfp)
#define kmalloc_node(size, gfp, node) kmalloc(size, gfp)
#define kzalloc_node(size, gfp, node) kzalloc(size, gfp)
#define kfree(ptr) host_kfree(ptr)

static inline void kvfree(const void *ptr)
{
	if (host_is_vmalloc(ptr))
		host_vfree(ptr);
	else
		host_kfree(ptr);
}

static inline void *kvmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp) ?: host_vmalloc(size, gfp & __GFP_ZERO);
}

#define kvzalloc(size, gfp) kvmalloc(size, (gfp) | __GFP_ZERO)
#define kvmalloc_array(count, size, gfp) kvmalloc(size_mul(count, size), gfp)
#define kvcalloc(count, size, gfp) kvzalloc(size_mul(count, size), gfp)

#endif
