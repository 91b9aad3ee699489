// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_CPUMASK_H
#define LINUX_CPUMASK_H

#include <host.h>

#ifndef NR_CPUS
#define NR_CPUS HOST_CPUS
#endif
#define nr_cpu_ids HOST_CPUS
#define num_possible_cpus() HOST_CPUS
#define num_online_cpus() HOST_CPUS
#define num_present_cpus() HOST_CPUS
#define cpu_possible_mask NULL /* all */
#define cpumask_first(mask) 0
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < HOST_CPUS; (cpu)++)
#define for_each_online_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_present_cpu(cpu) for_each_possible_cpu(cpu)
#define cpu_online(cpu) ((unsigned int)(cpu) < HOST_CPUS)
#define cpu_possible(cpu) cpu_online(cpu)

#endif
