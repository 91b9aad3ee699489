// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_COMPILER_H
#define LINUX_COMPILER_H

#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((noinline))
#define __noclone __attribute__((noclone))
#define __printf(a, b) __attribute__((format(printf, a, b)))
#define __aligned(x) __attribute__((aligned(x)))
#define __packed __attribute__((packed))
#define __maybe_unused __attribute__((unused))
#define __used __attribute__((used))
#define __must_check __attribute__((warn_unused_result))
#define __pure __attribute__((pure))
#define __cold __attribute__((cold))
#define __weak __attribute__((weak))
#define __section(name) __attribute__((section(name)))
#define __compiletime_error(text) __attribute__((error(text)))
#define __noreturn __attribute__((noreturn))
#define fallthrough __attribute__((fallthrough))
#define notrace
#define __read_mostly
#define __ro_after_init
#define __percpu
#define __user
#define __kernel
#define __iomem
#define __force
#define __rcu
#define __acquires(x)
#define __releases(x)
#define asmlinkage
#define noinstr
#define NOKPROBE_SYMBOL(function)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(x) __asm__("" : "+r"(x))
#define __is_constexpr(x) (sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))
#define __same_type(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define typeof __typeof__
#define __stringify_1(x...) #x
#define __stringify(x...) __stringify_1(x)
#define __PASTE_1(a, b) a##b
#define __PASTE(a, b) __PASTE_1(a, b)
#define __UNIQUE_ID(prefix) __PASTE(prefix, __COUNTER__)

/* What the kernel's readers and writers without a lock mean; so ThreadSanitizer knows it, too. */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, val) __atomic_store_n(&(x), val, __ATOMIC_RELAXED)
#define data_race(expression) (expression)

#endif
