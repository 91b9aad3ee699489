// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_SMP_H
#define LINUX_SMP_H

#include <host.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/preempt.h>

typedef void (*smp_call_func_t)(void *info);

#define raw_smp_processor_id() (host_self->cpu)
#define smp_processor_id() raw_smp_processor_id()
#define get_cpu() ({ preempt_disable(); smp_processor_id(); })
#define put_cpu() preempt_enable()

static inline int smp_call_function_single(int cpu, smp_call_func_t function, void *info, int wait)
{
	if (cpu < 0 || cpu >= HOST_CPUS)
		return -ENXIO;
	host_call(cpu, function, info, wait);
	return 0;
}

static inline void on_each_cpu(smp_call_func_t function, void *info, int wait)
{
	int cpu;

	for_each_online_cpu(cpu)
		host_call(cpu, function, info, wait);
}

static inline void smp_call_function(smp_call_func_t function, void *info, int wait)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (cpu != smp_processor_id())
			host_call(cpu, function, info, wait);
}

#endif
