// SPDX-License-Identifier: GPL-2.0
/*
 * check: checks inside the kernel. Each one that fails is logged with its place; the number of both at unload.
 */
#include <linux/atomic.h>
#include <linux/printk.h>
#include <linux/string.h>

static atomic_t _check_passed = ATOMIC_INIT(0);
static atomic_t _check_failed = ATOMIC_INIT(0);

static noinline bool _check(bool right, const char *file, int line, const char *text)
{
	if (right) {
		atomic_inc(&_check_passed);
	} else {
		atomic_inc(&_check_failed);
		pr_err("%s:%d: failed: %s\n", file, line, text);
	}
	return right;
}

/**
 * CHECK() - check that something is true
 * @expression: what should be true
 *
 * Context: handler.
 */
#define CHECK(expression) _check(!!(expression), __FILE__, __LINE__, #expression)

/**
 * CHECK_STR() - check that two strings are equal, none of them NULL
 * @a: a string
 * @b: the other
 *
 * Context: handler.
 */
#define CHECK_STR(a, b)                                                                     \
	({                                                                                  \
		const char *_a = (a), *_b = (b);                                            \
		_check(_a && _b && !strcmp(_a, _b), __FILE__, __LINE__, #a " is " #b);      \
	})

static void _check_report(void)
{
	pr_info("passed %d checks, failed %d\n", atomic_read(&_check_passed), atomic_read(&_check_failed));
}
