// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_BUG_H
#define LINUX_BUG_H

#include <host.h>
#include <linux/compiler.h>

/* A warning of the kernel is a mistake, too: it ends the process, so that a debugger stands where it was. */
#define BUG() host_bug("BUG", __FILE__, __LINE__)
#define BUG_ON(condition) ((condition) ? BUG() : (void)0)
#define WARN_ON(condition) ((condition) ? host_bug(#condition, __FILE__, __LINE__), 1 : 0)
#define WARN_ON_ONCE(condition) WARN_ON(condition)
#define WARN(condition, fmt, ...) WARN_ON(condition)
#define WARN_ONCE(condition, fmt, ...) WARN_ON(condition)

#define compiletime_assert_1(condition, text, function)                             \
	do {                                                                        \
		extern void function(void) __attribute__((error(text)));            \
		if (!(condition))                                                   \
			function();                                                 \
	} while (0)
#define compiletime_assert(condition, text) \
	compiletime_assert_1(condition, text, __PASTE(host_assert_, __COUNTER__))
#define BUILD_BUG_ON_MSG(condition, text) compiletime_assert(!(condition), text)
#define BUILD_BUG_ON(condition) BUILD_BUG_ON_MSG(condition, "BUILD_BUG_ON: " #condition)
#define BUILD_BUG() BUILD_BUG_ON_MSG(1, "BUILD_BUG")
#define BUILD_BUG_ON_ZERO(e) ((int)sizeof(struct { int : (-!!(e)); }))
#define static_assert(condition, ...) _Static_assert(condition, "" __VA_ARGS__)

#endif
