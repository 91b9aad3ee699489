// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_KTIME_H
#define LINUX_KTIME_H

#include <host.h>
#include <linux/jiffies.h>
#include <linux/types.h>

typedef s64 ktime_t;

#define NSEC_PER_SEC 1000000000l
#define NSEC_PER_MSEC 1000000l
#define NSEC_PER_USEC 1000l
#define USEC_PER_SEC 1000000l
#define MSEC_PER_SEC 1000l
#define ns_to_ktime(ns) ((ktime_t)(ns))
#define ms_to_ktime(ms) ((ktime_t)(ms) * NSEC_PER_MSEC)
#define us_to_ktime(us) ((ktime_t)(us) * NSEC_PER_USEC)
#define ktime_set(seconds, ns) ((ktime_t)(seconds) * NSEC_PER_SEC + (ns))
#define ktime_to_ns(time) ((s64)(time))
#define ktime_to_us(time) ((s64)(time) / NSEC_PER_USEC)
#define ktime_to_ms(time) ((s64)(time) / NSEC_PER_MSEC)
#define ktime_add(a, b) ((a) + (b))
#define ktime_sub(a, b) ((a) - (b))
#define ktime_add_ns(a, ns) ((a) + (ns))
#define ktime_get() ((ktime_t)host_now())
#define ktime_get_ns() ((u64)host_now())
#define ktime_get_mono_fast_ns() ktime_get_ns()
#define ktime_get_real_ns() ktime_get_ns()
#define local_clock() ktime_get_ns()
#define sched_clock() ktime_get_ns()

#endif
