// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_BITOPS_H
#define LINUX_BITOPS_H

#include <linux/types.h>

#define BIT(n) (1ul << (n))
#define BIT_ULL(n) (1ull << (n))
#define GENMASK(high, low) ((~0ul << (low)) & (~0ul >> (63 - (high))))
#define GENMASK_ULL(high, low) ((~0ull << (low)) & (~0ull >> (63 - (high))))
#define BITS_TO_LONGS(n) (((n) + 63) / 64)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

static __always_inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static __always_inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

#define fls_long(x) fls64(x)
#define ffs(x) __builtin_ffs(x)
#define __ffs(x) ((unsigned long)__builtin_ctzl(x))
#define __ffs64(x) ((unsigned long)__builtin_ctzll(x))
#define __fls(x) (63ul - __builtin_clzl(x))
#define hweight32(x) ((unsigned int)__builtin_popcount(x))
#define hweight64(x) ((unsigned long)__builtin_popcountll(x))
#define hweight_long(x) hweight64(x)

static inline u32 rol32(u32 word, unsigned int shift)
{
	return word << (shift & 31) | word >> (-shift & 31);
}

static inline u32 ror32(u32 word, unsigned int shift)
{
	return word >> (shift & 31) | word << (-shift & 31);
}

static inline u64 rol64(u64 word, unsigned int shift)
{
	return word << (shift & 63) | word >> (-shift & 63);
}

static inline u64 ror64(u64 word, unsigned int shift)
{
	return word >> (shift & 63) | word << (-shift & 63);
}

static inline bool test_bit(long n, const volatile unsigned long *bits)
{
	return __atomic_load_n(bits + n / 64, __ATOMIC_RELAXED) >> n % 64 & 1;
}

static inline bool test_and_set_bit(long n, volatile unsigned long *bits)
{
	return __atomic_fetch_or(bits + n / 64, BIT(n % 64), __ATOMIC_SEQ_CST) >> n % 64 & 1;
}

static inline bool test_and_clear_bit(long n, volatile unsigned long *bits)
{
	return __atomic_fetch_and(bits + n / 64, ~BIT(n % 64), __ATOMIC_SEQ_CST) >> n % 64 & 1;
}

#define set_bit(n, bits) ((void)test_and_set_bit(n, bits))
#define clear_bit(n, bits) ((void)test_and_clear_bit(n, bits))
#define __set_bit(n, bits) ((void)((bits)[(n) / 64] |= BIT((n) % 64)))
#define __clear_bit(n, bits) ((void)((bits)[(n) / 64] &= ~BIT((n) % 64)))

#endif
