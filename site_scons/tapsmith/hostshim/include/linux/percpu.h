// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_PERCPU_H
#define LINUX_PERCPU_H

#include <host.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/types.h>

/* What is declared here is CPU 0's copy, at load; the runtime keeps all copies elsewhere. */
#define DEFINE_PER_CPU(type, name) __attribute__((section("host_variables"))) __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __attribute__((section("host_variables"))) __typeof__(type) name
#define DEFINE_PER_CPU_ALIGNED(type, name) DEFINE_PER_CPU(type, name) __aligned(64)
#define DEFINE_PER_CPU_READ_MOSTLY(type, name) DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) DEFINE_PER_CPU_ALIGNED(type, name)

#define per_cpu_ptr(ptr, cpu) ((__typeof__(ptr))host_percpu(ptr, cpu))
#define per_cpu(var, cpu) (*per_cpu_ptr(&(var), cpu))
#define raw_cpu_ptr(ptr) per_cpu_ptr(ptr, host_self->cpu)
#define this_cpu_ptr(ptr) raw_cpu_ptr(ptr)
#define get_cpu_var(var) (*({ preempt_disable(); this_cpu_ptr(&(var)); }))
#define put_cpu_var(var) preempt_enable()
#define get_cpu_ptr(ptr) ({ preempt_disable(); this_cpu_ptr(ptr); })
#define put_cpu_ptr(ptr) preempt_enable()

#define raw_cpu_read(var) (*raw_cpu_ptr(&(var)))
#define raw_cpu_write(var, val) ((void)(*raw_cpu_ptr(&(var)) = (val)))
#define raw_cpu_add_return(var, val) (*raw_cpu_ptr(&(var)) += (val))
#define raw_cpu_add(var, val) ((void)raw_cpu_add_return(var, val))
#define raw_cpu_sub(var, val) ((void)(*raw_cpu_ptr(&(var)) -= (val)))
#define raw_cpu_inc(var) raw_cpu_add(var, 1)
#define raw_cpu_dec(var) raw_cpu_sub(var, 1)
#define raw_cpu_xchg(var, val)                                      \
	({                                                          \
		__typeof__(var) *_here = raw_cpu_ptr(&(var));       \
		__typeof__(var) _was = *_here;                      \
		*_here = (val);                                     \
		_was;                                               \
	})
#define raw_cpu_cmpxchg(var, old, val)                              \
	({                                                          \
		__typeof__(var) *_here = raw_cpu_ptr(&(var));       \
		__typeof__(var) _was = *_here;                      \
		if (_was == (old))                                  \
			*_here = (val);                             \
		_was;                                               \
	})

/* One thread runs on a CPU, and interrupts come in windows: so these are the same. */
#define this_cpu_read(var) raw_cpu_read(var)
#define this_cpu_write(var, val) raw_cpu_write(var, val)
#define this_cpu_add(var, val) raw_cpu_add(var, val)
#define this_cpu_sub(var, val) raw_cpu_sub(var, val)
#define this_cpu_inc(var) raw_cpu_inc(var)
#define this_cpu_dec(var) raw_cpu_dec(var)
#define this_cpu_add_return(var, val) raw_cpu_add_return(var, val)
#define this_cpu_inc_return(var) raw_cpu_add_return(var, 1)
#define this_cpu_dec_return(var) raw_cpu_add_return(var, -1)
#define this_cpu_xchg(var, val) raw_cpu_xchg(var, val)
#define this_cpu_cmpxchg(var, old, val) raw_cpu_cmpxchg(var, old, val)
#define __this_cpu_read(var) raw_cpu_read(var)
#define __this_cpu_write(var, val) raw_cpu_write(var, val)
#define __this_cpu_add(var, val) raw_cpu_add(var, val)
#define __this_cpu_sub(var, val) raw_cpu_sub(var, val)
#define __this_cpu_inc(var) raw_cpu_inc(var)
#define __this_cpu_dec(var) raw_cpu_dec(var)
#define __this_cpu_inc_return(var) raw_cpu_add_return(var, 1)
#define __this_cpu_dec_return(var) raw_cpu_add_return(var, -1)

#define __alloc_percpu_gfp(size, align, gfp) host_percpu_alloc(size, align)
#define __alloc_percpu(size, align) host_percpu_alloc(size, align)
#define alloc_percpu_gfp(type, gfp) ((type *)host_percpu_alloc(sizeof(type), __alignof__(type)))
#define alloc_percpu(type) alloc_percpu_gfp(type, 0)
#define free_percpu(ptr) host_percpu_free(ptr)

#endif
