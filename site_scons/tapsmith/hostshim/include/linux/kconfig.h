// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_KCONFIG_H
#define LINUX_KCONFIG_H

/* What a kernel of the distributions has and what fragments may ask for. */
#define CONFIG_64BIT 1
#define CONFIG_SMP 1
#define CONFIG_PRINTK 1

#define HOST_ENABLED_1 0,
#define HOST_SECOND(first, second, ...) second
#define HOST_IS_ONE(text) HOST_SECOND(text 1, 0, 0)
#define HOST_JOIN_(value) HOST_IS_ONE(HOST_ENABLED_##value)
#define HOST_JOIN(value) HOST_JOIN_(value)
#define IS_ENABLED(option) HOST_JOIN(option)
#define IS_BUILTIN(option) IS_ENABLED(option)

#endif
