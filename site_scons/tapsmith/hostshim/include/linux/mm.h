// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_MM_H
#define LINUX_MM_H

#include <asm/page.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define PAGE_ALIGN(address) (((address) + PAGE_SIZE - 1) & PAGE_MASK)
#define offset_in_page(ptr) ((unsigned long)(ptr) & ~PAGE_MASK)

#endif
