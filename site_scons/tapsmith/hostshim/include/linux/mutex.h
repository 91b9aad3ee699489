// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_MUTEX_H
#define LINUX_MUTEX_H

#include <host.h>
#include <linux/atomic.h>

struct mutex {
	atomic_t taken;
};

#define __MUTEX_INITIALIZER(name) { ATOMIC_INIT(0) }
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(mutex) atomic_set(&(mutex)->taken, 0)
#define mutex_is_locked(mutex) (atomic_read(&(mutex)->taken) != 0)
#define mutex_trylock(mutex) (!atomic_xchg(&(mutex)->taken, 1))
#define mutex_unlock(mutex) atomic_set_release(&(mutex)->taken, 0)
#define lockdep_assert_held(lock) ((void)0)

static inline void mutex_lock(struct mutex *mutex)
{
	while (!mutex_trylock(mutex))
		host_idle();
}

#endif
