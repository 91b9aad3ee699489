// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_SPINLOCK_H
#define LINUX_SPINLOCK_H

#include <host.h>
#include <linux/atomic.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>

typedef struct {
	int taken;
} arch_spinlock_t;

typedef arch_spinlock_t raw_spinlock_t, spinlock_t;

#define __ARCH_SPIN_LOCK_UNLOCKED { 0 }
#define __RAW_SPIN_LOCK_UNLOCKED(name) __ARCH_SPIN_LOCK_UNLOCKED
#define __SPIN_LOCK_UNLOCKED(name) __ARCH_SPIN_LOCK_UNLOCKED
#define DEFINE_SPINLOCK(name) spinlock_t name = __ARCH_SPIN_LOCK_UNLOCKED
#define DEFINE_RAW_SPINLOCK(name) raw_spinlock_t name = __ARCH_SPIN_LOCK_UNLOCKED

static inline int arch_spin_trylock(arch_spinlock_t *lock)
{
	return !__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE);
}

static inline void arch_spin_lock(arch_spinlock_t *lock)
{
	while (!arch_spin_trylock(lock))
		host_relax();
}

static inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#define arch_spin_is_locked(lock) READ_ONCE((lock)->taken)
#define cpu_relax() host_relax()

#define raw_spin_lock_init(lock) ((void)((lock)->taken = 0))
#define raw_spin_lock(lock) (preempt_disable(), arch_spin_lock(lock))
#define raw_spin_unlock(lock) (arch_spin_unlock(lock), preempt_enable())
#define raw_spin_lock_irqsave(lock, flags) (raw_local_irq_save(flags), raw_spin_lock(lock))
#define raw_spin_unlock_irqrestore(lock, flags) (raw_spin_unlock(lock), raw_local_irq_restore(flags))
#define spin_lock_init(lock) raw_spin_lock_init(lock)
#define spin_lock(lock) raw_spin_lock(lock)
#define spin_unlock(lock) raw_spin_unlock(lock)
#define spin_lock_irqsave(lock, flags) raw_spin_lock_irqsave(lock, flags)
#define spin_unlock_irqrestore(lock, flags) raw_spin_unlock_irqrestore(lock, flags)

#endif
