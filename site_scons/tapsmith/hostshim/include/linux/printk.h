// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_PRINTK_H
#define LINUX_PRINTK_H

#include <host.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#define KERN_SOH "\001"
#define KERN_EMERG KERN_SOH "0"
#define KERN_ALERT KERN_SOH "1"
#define KERN_CRIT KERN_SOH "2"
#define KERN_ERR KERN_SOH "3"
#define KERN_WARNING KERN_SOH "4"
#define KERN_NOTICE KERN_SOH "5"
#define KERN_INFO KERN_SOH "6"
#define KERN_DEBUG KERN_SOH "7"

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

static inline __printf(1, 0) int vprintk(const char *fmt, va_list args)
{
	return host_vprintk(fmt, args);
}

static inline __printf(1, 2) int printk(const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = host_vprintk(fmt, args);
	va_end(args);
	return length;
}

#define _printk printk
#define printk_deferred printk
#define pr_emerg(fmt, ...) printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...) printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...) printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...) printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...) printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...) printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...) printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...)                                      \
	do {                                                    \
		if (0)                                          \
			printk(pr_fmt(fmt), ##__VA_ARGS__);     \
	} while (0)

#endif
