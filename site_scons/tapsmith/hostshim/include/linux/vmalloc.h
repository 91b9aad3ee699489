// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_VMALLOC_H
#define LINUX_VMALLOC_H

#include <host.h>
#include <linux/gfp.h>

#define __vmalloc(size, gfp) host_vmalloc(size, (gfp) & __GFP_ZERO)
#define vmalloc(size) host_vmalloc(size, 0)
#define vzalloc(size) host_vmalloc(size, 1)
#define vfree(ptr) host_vfree(ptr)
#define is_vmalloc_addr(ptr) host_is_vmalloc(ptr)

#endif
