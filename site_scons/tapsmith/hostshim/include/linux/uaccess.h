// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_UACCESS_H
#define LINUX_UACCESS_H

#include <host.h>
#include <linux/errno.h>
#include <linux/types.h>

/* A process has one memory: what a kernel has of user space is its own here. */
#define copy_from_kernel_nofault(to, from, size) ((long)host_copy_nofault(to, from, size))
#define copy_from_user_nofault(to, from, size) ((long)host_copy_nofault(to, (const void *)(from), size))
#define pagefault_disable() ((void)0)
#define pagefault_enable() ((void)0)
#define access_ok(address, size) true

#endif
