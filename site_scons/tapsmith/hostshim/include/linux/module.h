// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_MODULE_H
#define LINUX_MODULE_H

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct module {
	const char *name;
};

#define THIS_MODULE ((struct module *)NULL)
#define module_init(function) int (*const host_module_init)(void) = function
#define module_exit(function) void (*const host_module_exit)(void) = function
#define MODULE_INFO(tag, text) _Static_assert(1, "")
#define MODULE_LICENSE(text) _Static_assert(1, "")
#define MODULE_AUTHOR(text) _Static_assert(1, "")
#define MODULE_DESCRIPTION(text) _Static_assert(1, "")
#define try_module_get(module) true
#define __module_get(module) ((void)0)
#define module_put(module) ((void)0)

#endif
