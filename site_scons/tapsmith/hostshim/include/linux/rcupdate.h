// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_RCUPDATE_H
#define LINUX_RCUPDATE_H

#include <host.h>
#include <linux/atomic.h>

/* A reader does not sleep, and so keeps its CPU; who waits for all readers waits until each CPU was free once. */
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define rcu_dereference(ptr) smp_load_acquire(&(ptr))
#define rcu_assign_pointer(ptr, val) smp_store_release(&(ptr), val)
#define synchronize_rcu() host_synchronize()

#endif
