// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_ATOMIC_H
#define LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <linux/types.h>

#define ATOMIC_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }
#define ATOMIC_LONG_INIT(i) { (i) }

#define xchg(ptr, val) __atomic_exchange_n(ptr, val, __ATOMIC_SEQ_CST)
#define cmpxchg(ptr, old, val)                                                                  \
	({                                                                                      \
		__typeof__(*(ptr)) _old = (old);                                                \
		__atomic_compare_exchange_n(ptr, &_old, val, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		_old;                                                                           \
	})
#define try_cmpxchg(ptr, old, val) \
	__atomic_compare_exchange_n(ptr, old, val, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define cmpxchg_relaxed cmpxchg
#define cmpxchg64 cmpxchg
#define cmpxchg_local cmpxchg

/* An operation that returns the new value, one that returns the old one, and one that returns nothing. */
#define HOST_ATOMIC_OP(name, type, number, op)                                                  \
	static inline number name##_##op##_return(number i, type *v)                            \
	{                                                                                       \
		return __atomic_##op##_fetch(&v->counter, i, __ATOMIC_SEQ_CST);                 \
	}                                                                                       \
	static inline number name##_fetch_##op(number i, type *v)                               \
	{                                                                                       \
		return __atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST);                   \
	}                                                                                       \
	static inline void name##_##op(number i, type *v)                                       \
	{                                                                                       \
		__atomic_fetch_##op(&v->counter, i, __ATOMIC_RELAXED);                          \
	}

#define HOST_ATOMIC(name, type, number)                                                         \
	HOST_ATOMIC_OP(name, type, number, add)                                                 \
	HOST_ATOMIC_OP(name, type, number, sub)                                                 \
	HOST_ATOMIC_OP(name, type, number, or)                                                  \
	HOST_ATOMIC_OP(name, type, number, and)                                                 \
	HOST_ATOMIC_OP(name, type, number, xor)                                                 \
	static inline number name##_read(const type *v)                                         \
	{                                                                                       \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);                          \
	}                                                                                       \
	static inline number name##_read_acquire(const type *v)                                 \
	{                                                                                       \
		return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);                          \
	}                                                                                       \
	static inline void name##_set(type *v, number i)                                        \
	{                                                                                       \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);                             \
	}                                                                                       \
	static inline void name##_set_release(type *v, number i)                                \
	{                                                                                       \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);                             \
	}                                                                                       \
	static inline void name##_inc(type *v)                                                  \
	{                                                                                       \
		name##_add(1, v);                                                               \
	}                                                                                       \
	static inline void name##_dec(type *v)                                                  \
	{                                                                                       \
		name##_sub(1, v);                                                               \
	}                                                                                       \
	static inline number name##_inc_return(type *v)                                         \
	{                                                                                       \
		return name##_add_return(1, v);                                                 \
	}                                                                                       \
	static inline number name##_dec_return(type *v)                                         \
	{                                                                                       \
		return name##_sub_return(1, v);                                                 \
	}                                                                                       \
	static inline number name##_fetch_inc(type *v)                                          \
	{                                                                                       \
		return name##_fetch_add(1, v);                                                  \
	}                                                                                       \
	static inline bool name##_dec_and_test(type *v)                                         \
	{                                                                                       \
		return name##_dec_return(v) == 0;                                               \
	}                                                                                       \
	static inline number name##_xchg(type *v, number i)                                     \
	{                                                                                       \
		return xchg(&v->counter, i);                                                    \
	}                                                                                       \
	static inline number name##_cmpxchg(type *v, number old, number i)                      \
	{                                                                                       \
		return cmpxchg(&v->counter, old, i);                                            \
	}                                                                                       \
	static inline bool name##_try_cmpxchg(type *v, number *old, number i)                   \
	{                                                                                       \
		return try_cmpxchg(&v->counter, old, i);                                        \
	}                                                                                       \
	static inline bool name##_add_unless(type *v, number i, number unless)                  \
	{                                                                                       \
		number now = name##_read(v);                                                    \
                                                                                                \
		while (now != unless)                                                           \
			if (name##_try_cmpxchg(v, &now, now + i))                               \
				return true;                                                    \
		return false;                                                                   \
	}

HOST_ATOMIC(atomic, atomic_t, int)
HOST_ATOMIC(atomic64, atomic64_t, s64)
HOST_ATOMIC(atomic_long, atomic_long_t, long)

#define atomic_inc_not_zero(v) atomic_add_unless(v, 1, 0)
#define atomic64_inc_not_zero(v) atomic64_add_unless(v, 1, 0)
#define atomic_long_inc_not_zero(v) atomic_long_add_unless(v, 1, 0)

#endif
