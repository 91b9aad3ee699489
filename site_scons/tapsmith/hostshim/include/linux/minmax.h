// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_MINMAX_H
#define LINUX_MINMAX_H

#include <linux/types.h>

#define HOST_COMPARE(a, op, b)                          \
	({                                              \
		__typeof__(a) _one = (a);               \
		__typeof__(b) _two = (b);               \
		(void)(&_one == &_two);                 \
		_one op _two ? _one : _two;             \
	})
#define min(a, b) HOST_COMPARE(a, <, b)
#define max(a, b) HOST_COMPARE(a, >, b)
#define min3(a, b, c) min((__typeof__(a))min(a, b), c)
#define max3(a, b, c) max((__typeof__(a))max(a, b), c)
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp(val, lo, hi) min((__typeof__(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi) clamp_t(__typeof__(val), val, lo, hi)
#define swap(a, b)                                      \
	do {                                            \
		__typeof__(a) _swapped = (a);           \
		(a) = (b);                              \
		(b) = _swapped;                         \
	} while (0)

#endif
