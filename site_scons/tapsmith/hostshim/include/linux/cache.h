// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_CACHE_H
#define LINUX_CACHE_H

#include <linux/compiler.h>

#define SMP_CACHE_BYTES 64
#define L1_CACHE_BYTES 64
#define ____cacheline_aligned __aligned(64)
#define ____cacheline_aligned_in_smp __aligned(64)
#define __cacheline_aligned_in_smp __aligned(64)

#endif
