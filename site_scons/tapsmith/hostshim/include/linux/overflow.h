// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_OVERFLOW_H
#define LINUX_OVERFLOW_H

#include <linux/limits.h>
#include <linux/types.h>

#define check_add_overflow(a, b, to) __builtin_add_overflow(a, b, to)
#define check_sub_overflow(a, b, to) __builtin_sub_overflow(a, b, to)
#define check_mul_overflow(a, b, to) __builtin_mul_overflow(a, b, to)

/* Sizes that stay at the greatest one, which no allocation gets. */
static inline size_t size_add(size_t a, size_t b)
{
	size_t sum;

	return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

static inline size_t size_mul(size_t a, size_t b)
{
	size_t product;

	return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

#define array_size(a, b) size_mul(a, b)
#define array3_size(a, b, c) size_mul(size_mul(a, b), c)
#define struct_size(ptr, member, count) \
	size_add(sizeof(*(ptr)), size_mul(count, sizeof(*(ptr)->member)))
#define flex_array_size(ptr, member, count) size_mul(count, sizeof(*(ptr)->member))

#endif
