// SPDX-License-Identifier: GPL-2.0
/*
 * log: single lines to the kernel log, at once.
 *
 * The kernel keeps about 1000 bytes of a line; for longer ones, or lines put together piece by piece, see print.
 */
#include <linux/printk.h>

/* Set by another transport that takes lines, and may leave one to the log; without one the compiler drops the question. */
static bool (*_stp_line_taker)(struct va_format *text);

/**
 * dlog() - log one line; "<module>: " is put in front and a newline behind
 * @fmt: as for printk
 *
 * Where the module has another transport, the line goes there, as it is.
 * Context: handler (printk may be called in an NMI, too, but then appears later).
 */
static __printf(1, 2) void dlog(const char *fmt, ...)
{
	struct va_format text;
	va_list args;

	va_start(args, fmt);
	text.fmt = fmt;
	text.va = &args;
	if (!_stp_line_taker || !_stp_line_taker(&text))
		pr_info("%pV\n", &text);
	va_end(args);
}

/**
 * dbug() - as dlog() where the macro DBUG is true, else nothing (yet the compiler checks its arguments)
 * @fmt: as for printk
 *
 * Context: handler.
 */
#define dbug(fmt, ...)                            \
	do {                                      \
		if (DBUG)                         \
			dlog(fmt, ##__VA_ARGS__); \
	} while (0)
