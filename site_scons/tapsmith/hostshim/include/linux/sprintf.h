// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_SPRINTF_H
#define LINUX_SPRINTF_H

#include <host.h>
#include <linux/stdarg.h>
#include <linux/types.h>

/* Under the kernel's names for the compiler, so that it checks them; but not the C library's. */
int vsnprintf(char *to, size_t size, const char *fmt, va_list args) __asm__("host_vsnprintf") __printf(3, 0);

static inline __printf(3, 0) int vscnprintf(char *to, size_t size, const char *fmt, va_list args)
{
	int length = vsnprintf(to, size, fmt, args);

	return length < (int)size ? length : size ? (int)size - 1 : 0;
}

static inline __printf(3, 4) int host_snprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(to, size, fmt, args);
	va_end(args);
	return length;
}

static inline __printf(3, 4) int scnprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vscnprintf(to, size, fmt, args);
	va_end(args);
	return length;
}

#define snprintf host_snprintf
#define sprintf(to, ...) host_snprintf(to, 0x7fffffff, __VA_ARGS__)

#endif
