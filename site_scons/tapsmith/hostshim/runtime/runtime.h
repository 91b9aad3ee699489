// SPDX-License-Identifier: GPL-2.0
/* What the files of the runtime share. Atomic operations are the compiler's, so that ThreadSanitizer knows them. */
#ifndef HOST_RUNTIME_H
#define HOST_RUNTIME_H

#include <host.h>

#define load(ptr) __atomic_load_n(ptr, __ATOMIC_ACQUIRE)
#define store(ptr, val) __atomic_store_n(ptr, val, __ATOMIC_RELEASE)
#define exchange(ptr, val) __atomic_exchange_n(ptr, val, __ATOMIC_ACQ_REL)
#define replace(ptr, old, val) __atomic_compare_exchange_n(ptr, old, val, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

void cpu_take(int cpu);
void cpu_give(int cpu);
void cpu_care(int cpu);
void work_run_one(int cpu);
int timer_due(int cpu);
void timer_run(int cpu);
void pause_for(unsigned long ns);
void thread_begin(struct task_struct *task);
int memory_denied(void);
int percpu_left(void);
void percpu_begin(void);

#endif
