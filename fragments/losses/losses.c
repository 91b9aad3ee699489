// SPDX-License-Identifier: GPL-2.0
/*
 * losses: the one form in which a module tells what it could not keep.
 *
 * Who may lose something counts it (an atomic_long_t, so an NMI may count, too) and calls _stp_lost() in its
 * report hook, after the probe's end: a line for each kind of loss, none where nothing was lost.
 */
#include <linux/atomic.h>
#include <linux/printk.h>

/* Set by a transport that tells a reader; false leaves it to the log. Without one the compiler drops the question. */
static bool (*_stp_loss_taker)(long lost, struct va_format *what, const char *macro, long now);

/**
 * _stp_lost() - tell in the kernel log, or the transport's reader, how many of something were lost
 * @lost:  how many; with 0 nothing is said
 * @macro: name of the macro that would have helped, or NULL
 * @now:   its present value
 * @fmt:   "<what>, <where it was lost>", as for printk, without a newline
 *
 * Context: process.
 */
static __printf(4, 5) void _stp_lost(long lost, const char *macro, long now, const char *fmt, ...)
{
	struct va_format text;
	va_list args;

	if (!lost)
		return;
	va_start(args, fmt);
	text.fmt = fmt;
	text.va = &args;
	if (_stp_loss_taker && _stp_loss_taker(lost, &text, macro, now))
		; /* told */
	else if (macro)
		pr_warn("lost %ld %pV; raise %s in probe.yaml (now %ld)\n", lost, &text, macro, now);
	else
		pr_warn("lost %ld %pV\n", lost, &text);
	va_end(args);
}
