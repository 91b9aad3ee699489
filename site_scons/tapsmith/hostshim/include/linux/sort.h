// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_SORT_H
#define LINUX_SORT_H

#include <linux/string.h>
#include <linux/types.h>

typedef int (*cmp_func_t)(const void *a, const void *b);
typedef int (*cmp_r_func_t)(const void *a, const void *b, const void *priv);
typedef void (*swap_func_t)(void *a, void *b, int size);
typedef void (*swap_r_func_t)(void *a, void *b, int size, const void *priv);

static inline void host_swap(u8 *a, u8 *b, size_t size)
{
	while (size--) {
		u8 byte = a[size];

		a[size] = b[size];
		b[size] = byte;
	}
}

/* Sinks element @root into the heap of the first @count elements. */
static inline void host_sink(u8 *base, size_t root, size_t count, size_t size, cmp_r_func_t cmp, const void *priv)
{
	size_t child;

	while ((child = 2 * root + 1) < count) {
		if (child + 1 < count && cmp(base + child * size, base + (child + 1) * size, priv) < 0)
			child++;
		if (cmp(base + root * size, base + child * size, priv) >= 0)
			return;
		host_swap(base + root * size, base + child * size, size);
		root = child;
	}
}

/* By a heap, as the kernel's: not stable, so nobody comes to depend on that. */
static inline void sort_r(void *base, size_t count, size_t size, cmp_r_func_t cmp, swap_r_func_t swap_func,
			  const void *priv)
{
	size_t n;

	for (n = count / 2; n-- > 0;)
		host_sink(base, n, count, size, cmp, priv);
	for (n = count; n-- > 1;) {
		host_swap(base, (u8 *)base + n * size, size);
		host_sink(base, 0, n, size, cmp, priv);
	}
}

static inline int host_cmp(const void *a, const void *b, const void *cmp)
{
	return ((cmp_func_t)cmp)(a, b);
}

static inline void sort(void *base, size_t count, size_t size, cmp_func_t cmp, swap_func_t swap_func)
{
	sort_r(base, count, size, host_cmp, NULL, (const void *)cmp);
}

#endif
