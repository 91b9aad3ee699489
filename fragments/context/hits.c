// SPDX-License-Identifier: GPL-2.0
/*
 * context: what became of the hits of one probe.
 *
 * Every hit is handled, skipped by the module (nested too deep, or after the module stopped collecting) or missed by the kernel, and
 * the one line at unload holds all of them. It is silent where all were handled.
 */
#include <linux/percpu.h>

/**
 * struct _stp_hits - account of one probe; all zero but for what _stp_hits_init() sets
 * @handled: for each CPU, how often the handler ran
 * @deep:    hits skipped since handlers were nested deeper than STP_LEVELS
 * @stopped: hits skipped since the module had stopped collecting
 */
struct _stp_hits {
	unsigned long __percpu *handled;
	atomic_long_t deep;
	atomic_long_t stopped;
};

/**
 * _stp_hits_init() - make an account usable
 * @hits: the account, all zero
 *
 * Context: process.
 * Return: 0, or -ENOMEM after a message.
 */
static int _stp_hits_init(struct _stp_hits *hits)
{
	hits->handled = __alloc_percpu_gfp(sizeof(long), sizeof(long), GFP_KERNEL | __GFP_NOWARN);
	if (hits->handled)
		return 0;
	pr_err("no memory for %zu bytes on each CPU\n", sizeof(long));
	return -ENOMEM;
}

/**
 * _stp_hits_free() - free what _stp_hits_init() got
 * @hits: the account; one that was not initialised is left alone
 *
 * Context: process.
 */
static void _stp_hits_free(struct _stp_hits *hits)
{
	free_percpu(hits->handled);
	hits->handled = NULL;
}

/**
 * _stp_hits_skipped() - count a hit that _stp_enter() refused
 * @hits: the account
 *
 * Context: any.
 */
static inline void _stp_hits_skipped(struct _stp_hits *hits)
{
	atomic_long_inc(READ_ONCE(_stp_deepest) ? &hits->deep : &hits->stopped);
}

/**
 * _stp_hits_enter() - _stp_enter() for a probe that keeps an account
 * @hits: the account
 *
 * Context: any, with preemption off.
 * Return: as _stp_enter(); with false the hit is counted as skipped already.
 */
static __always_inline bool _stp_hits_enter(struct _stp_hits *hits)
{
	if (likely(_stp_enter())) {
		raw_cpu_inc(*hits->handled);
		return true;
	}
	_stp_hits_skipped(hits);
	return false;
}

/**
 * _stp_hits_report() - say what was lost of a probe's hits, in one line; nothing where nothing was
 * @hits:   the account; its probe is disarmed
 * @missed: hits that the kernel itself skipped
 * @macro:  name of the macro that would have helped against these, or NULL
 * @now:    its present value
 * @fmt:    the probe's name and the reasons for these, as in "vfs_read: 12 skipped by the kernel (nmissed), "
 *
 * Context: process.
 */
static __printf(5, 6) void _stp_hits_report(struct _stp_hits *hits, unsigned long missed, const char *macro, long now,
					    const char *fmt, ...)
{
	long deep = atomic_long_read(&hits->deep), stopped = atomic_long_read(&hits->stopped);
	struct va_format text;
	long handled = 0;
	va_list args;
	int cpu;

	for_each_possible_cpu(cpu)
		handled += *per_cpu_ptr(hits->handled, cpu);
	if (!missed)
		macro = NULL;
	if (deep && !macro) {
		macro = "STP_LEVELS";
		now = STP_LEVELS;
	}
	va_start(args, fmt);
	text.fmt = fmt;
	text.va = &args;
	_stp_lost(missed + deep + stopped, macro, now,
		  "hits of %pV%ld nested too deep, %ld after the stop; %ld were handled", &text, deep, stopped, handled);
	va_end(args);
}
