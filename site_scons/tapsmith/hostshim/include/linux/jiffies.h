// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_JIFFIES_H
#define LINUX_JIFFIES_H

#include <host.h>
#include <linux/types.h>

#define HZ 250
#define jiffies ((unsigned long)(host_now() / (1000000000 / HZ)))
#define jiffies_to_nsecs(j) ((u64)(j) * (1000000000 / HZ))
#define jiffies_to_msecs(j) ((unsigned int)((j) * (1000 / HZ)))
#define msecs_to_jiffies(ms) (((unsigned long)(ms) * HZ + 999) / 1000)
#define time_after(a, b) ((long)((b) - (a)) < 0)
#define time_before(a, b) time_after(b, a)

#endif
