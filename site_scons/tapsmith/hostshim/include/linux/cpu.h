// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_CPU_H
#define LINUX_CPU_H

#include <linux/cpumask.h>
#include <linux/smp.h>

/* CPUs neither come nor go. */
#define cpus_read_lock() ((void)0)
#define cpus_read_unlock() ((void)0)

#endif
