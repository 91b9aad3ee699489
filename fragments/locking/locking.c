// SPDX-License-Identifier: GPL-2.0
/*
 * locking: one kind of lock for data that handlers share.
 *
 * A handler may interrupt the very code that holds the lock it wants: by an NMI, or by a probe on something that is
 * called under the lock. So a CPU that already is inside a locked section is refused any lock, its own or another:
 * no deadlock, no recursion; the operation is skipped, and counted.
 *
 *   who \ holds a lock on this CPU:   nobody    this CPU
 *   process, handler, hard irq         waits     cannot happen (interrupts are off), but by a probe: refused
 *   NMI                                waits     refused
 *
 * Rule for what stands inside: it takes no other lock, allocates nothing, does not sleep or print, and touches no
 * memory that can fault. So whoever waits, waits for a few instructions of another CPU.
 *
 * The lock is the architecture's spinning one, also on PREEMPT_RT, where a spinlock_t may sleep. It is taken inline,
 * without lockdep and without a function that could itself be probed.
 */
#include <linux/atomic.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

/**
 * struct _stp_lock - a lock, and how often it was refused
 * @raw:     the lock; all zero is free
 * @refused: operations skipped, since this CPU was inside a locked section already
 */
struct _stp_lock {
	arch_spinlock_t raw;
	atomic_long_t refused;
};

static DEFINE_PER_CPU(int, _stp_locked);

/**
 * _stp_lock_init() - make a lock usable
 * @lock: the lock
 *
 * Context: process.
 */
static inline void _stp_lock_init(struct _stp_lock *lock)
{
	lock->raw = (arch_spinlock_t)__ARCH_SPIN_LOCK_UNLOCKED;
	atomic_long_set(&lock->refused, 0);
}

/**
 * _stp_lock() - turn interrupts off and take a lock
 * @lock:  the lock
 * @flags: keeps the state of interrupts for _stp_unlock()
 *
 * Context: any.
 * Return: false if this CPU is inside a locked section: nothing is changed, and the refusal is counted.
 */
static __always_inline bool _stp_lock(struct _stp_lock *lock, unsigned long *flags)
{
	raw_local_irq_save(*flags);
	if (unlikely(raw_cpu_read(_stp_locked))) {
		raw_local_irq_restore(*flags);
		atomic_long_inc(&lock->refused);
		return false;
	}
	/* Said before the lock is taken and unsaid after it is given back: an NMI between must not wait for us. */
	raw_cpu_write(_stp_locked, 1);
	barrier();
	arch_spin_lock(&lock->raw);
	return true;
}

/**
 * _stp_unlock() - give a lock back and restore interrupts
 * @lock:  the lock
 * @flags: of its _stp_lock()
 *
 * Context: any.
 */
static __always_inline void _stp_unlock(struct _stp_lock *lock, unsigned long flags)
{
	arch_spin_unlock(&lock->raw);
	barrier();
	raw_cpu_write(_stp_locked, 0);
	raw_local_irq_restore(flags);
}
