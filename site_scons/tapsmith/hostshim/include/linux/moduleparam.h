// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_MODULEPARAM_H
#define LINUX_MODULEPARAM_H

#include <host.h>
#include <linux/compiler.h>

/* The types are those of the kernel: bool, int, uint, long, ulong, charp and so on; see ../../runtime/main.c. */
#define module_param_named(name, variable, type, perm)                                            \
	static const struct host_parameter host_parameter_##name __used __aligned(8)              \
		__section("host_parameters") = { #name, #type, &(variable), sizeof(variable) }
#define module_param(name, type, perm) module_param_named(name, name, type, perm)
#define module_param_string(name, buffer, length, perm)                                           \
	static const struct host_parameter host_parameter_##name __used __aligned(8)              \
		__section("host_parameters") = { #name, "string", buffer, length }
#define module_param_cb(name, ops, arg, perm)                                                     \
	static struct kernel_param host_callback_##name = { #name, ops, arg };                    \
	static const struct host_parameter host_parameter_##name __used __aligned(8)              \
		__section("host_parameters") = { #name, "callback", &host_callback_##name, 0 }
#define MODULE_PARM_DESC(name, text) _Static_assert(1, "")

#endif
