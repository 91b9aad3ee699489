// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_MM_H
#define LINUX_MM_H

#include <linux/slab.h>
#include <linux/vmalloc.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(address) (((address) + PAGE_SIZE - 1) & PAGE_MASK)
#define offset_in_page(ptr) ((unsigned long)(ptr) & ~PAGE_MASK)

#endif
